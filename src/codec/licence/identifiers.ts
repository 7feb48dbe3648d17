/** What a declared licence is: an SPDX expression, an identifier of the Hub's own, none that anybody knows. */
export interface LicenceId {
  /** As SPDX spells it where it does, else as declared. */
  readonly id: string
  readonly form: 'spdx' | 'hub' | 'other' | 'unknown'
}

/** Identifiers of the Hub that SPDX does not have, and those that it spells otherwise. */
const HUB = new Set([
  ...[
    'openrail',
    'creativeml-openrail-m',
    'bigscience-openrail-m',
    'bigscience-bloom-rail-1.0',
    'bigcode-openrail-m',
  ],
  ...[
    'openrail++',
    'llama2',
    'llama3',
    'llama3.1',
    'llama3.2',
    'llama3.3',
    'llama4',
    'gemma',
    'deepfloyd-if-license',
  ],
  ...[
    'apple-ascl',
    'apple-amlr',
    'fair-noncommercial-research-license',
    'intel-research',
    'h-research',
    'open-mdw',
    'grok2-community',
  ],
])
const SPELT: Readonly<Record<string, string>> = {
  'gpl-3.0': 'GPL-3.0-only',
  'gpl-2.0': 'GPL-2.0-only',
  'lgpl-3.0': 'LGPL-3.0-only',
  'lgpl-2.1': 'LGPL-2.1-only',
  'agpl-3.0': 'AGPL-3.0-only',
  'odc-by': 'ODC-By-1.0',
  odbl: 'ODbL-1.0',
  pddl: 'PDDL-1.0',
  gfdl: 'GFDL-1.3-only',
  'etalab-2.0': 'etalab-2.0',
  bsd: 'BSD-3-Clause',
  'cc-by-nc-sa-3.0': 'CC-BY-NC-SA-3.0',
}
/** Families without a version: nobody can say which terms hold. */
const VAGUE = new Set(['gpl', 'lgpl', 'cc', 'llama', 'cc-by', 'cc-by-sa', 'cc-by-nc'])

/** Reads a declared licence. The list of SPDX is large, and loaded when the first card asks for it. */
export async function licenceId(declared: string): Promise<LicenceId> {
  const value = declared.trim()
  const lower = value.toLowerCase()
  if (/^(?:other|custom|proprietary)$/.test(lower)) return { id: lower, form: 'other' }
  if (value === '' || lower === 'unknown' || VAGUE.has(lower)) return { id: value, form: 'unknown' }
  if (HUB.has(lower)) return { id: lower, form: 'hub' }
  const spelt = SPELT[lower]
  if (spelt !== undefined) return { id: spelt, form: 'spdx' }
  const { default: ids } = await import('spdx-license-ids', { with: { type: 'json' } })
  const known = ids.find((id) => id.toLowerCase() === lower)
  if (known !== undefined) return { id: known, form: 'spdx' }
  return { id: value, form: (await isExpression(value)) ? 'spdx' : 'unknown' }
}

async function isExpression(value: string): Promise<boolean> {
  if (value.length > 500 || !/\s/.test(value)) return false
  const { default: parse } = await import('spdx-expression-parse')
  try {
    parse(value)
    return true
  } catch {
    return false
  }
}
