import { hash } from 'node:crypto'
import { globRegex } from '../codec/glob.ts'
import { parseSettings, type Setting } from '../codec/settings.ts'
import { readSignerRule } from '../codec/signer-settings.ts'
import { SEVERITIES } from '../model/finding.ts'
import { DEMAND_KEYS, readConditions, readDemands } from './read-demands.ts'
import {
  COVERAGE,
  type Demand,
  type Override,
  type Policy,
  PRESETS,
  type Preset,
  type Scope,
  type Waiver,
} from './schema.ts'

const DEFAULT: Preset = 'balanced'

/**
 * A policy from its text; `file` is how messages call it, `preset` finds what it extends. Throws `UsageError` that names
 * `file:line:column` and the way out.
 */
export function readPolicy(
  text: string,
  name: string,
  file: string,
  preset: (name: Preset) => Policy,
): Policy {
  const root = parseSettings(text, file)
  const p = root.object({
    about: 'optional',
    extends: 'optional',
    'fail-on': 'optional',
    'accept-globals': 'optional',
    overrides: 'optional',
    waivers: 'optional',
    signers: 'optional',
    conditions: 'optional',
    ...DEMAND_KEYS,
  })
  p.about?.string()
  const extended = p.extends?.oneOf(PRESETS)
  // A preset says everything itself; any other policy starts from one.
  const base = extended === undefined && p['fail-on'] ? undefined : preset(extended ?? DEFAULT)
  const overrides = (p.overrides?.list() ?? []).map(readOverride)
  return {
    name,
    digest: hash('sha256', text, 'hex'),
    failOn: p['fail-on']?.oneOf(SEVERITIES) ?? base?.failOn ?? 'high',
    acceptGlobals: [...(base?.acceptGlobals ?? []), ...readGlobals(p['accept-globals'])],
    overrides: [...(base?.overrides ?? []), ...overrides.map(({ override }) => override)],
    waivers: [...(base?.waivers ?? []), ...readWaivers(p.waivers)],
    demands: [...(base?.demands ?? []), ...readDemands(p), ...overrides.flatMap(({ demands }) => demands)],
    conditions: [...(base?.conditions ?? []), ...readConditions(p.conditions)],
    signers: [...(base?.signers ?? []), ...(p.signers?.list() ?? []).map(readSignerRule)],
  }
}

function readGlobals(setting: Setting | undefined): string[] {
  return (setting?.list() ?? []).map((item) =>
    item.matching(/^[^\s*]+$/, 'the exact name of a global; prefixes and patterns are not accepted'),
  )
}

function readOverride(setting: Setting): { override: Override; demands: readonly Demand[] } {
  const o = setting.object({
    path: 'optional',
    reference: 'optional',
    'fail-on': 'optional',
    severity: 'optional',
    'accept-globals': 'optional',
    ...DEMAND_KEYS,
  })
  const severity = (o.severity?.entries() ?? []).map(([rule, level]) => {
    if (!RULE.test(rule)) level.fail(`'${rule}' is not a rule id such as pickle/sink-called`)
    return [rule, level.oneOf(SEVERITIES)] as const
  })
  if (o.severity && severity.length === 0) o.severity.fail('must name at least one rule')
  const scope = readScope(setting, o.path, o.reference)
  const demands = readDemands(o, scope)
  if (!o['fail-on'] && !o.severity && !o['accept-globals'] && demands.length === 0) {
    setting.fail("changes nothing; give 'fail-on', 'severity', 'accept-globals' or a demand")
  }
  const override = {
    scope,
    place: setting.place,
    ...(o['fail-on'] ? { failOn: o['fail-on'].oneOf(SEVERITIES) } : {}),
    severity: Object.fromEntries(severity),
    acceptGlobals: readGlobals(o['accept-globals']),
  }
  return { override, demands }
}

function readScope(setting: Setting, path: Setting | undefined, reference: Setting | undefined): Scope {
  if (path && reference) setting.fail("give 'path' or 'reference', not both")
  if (path) return { path: readGlob(path) }
  if (reference) return { reference: readGlob(reference) }
  return setting.fail("'path' or 'reference' is missing: where does it hold?")
}

const RULE = /^[a-z0-9-]+\/[a-z0-9]+(-[a-z0-9]+)*$/

function readWaivers(setting: Setting | undefined): Waiver[] {
  const seen = new Map<string, Waiver>()
  return (setting?.list() ?? []).map((item) => {
    const waiver = readWaiver(item)
    const key = JSON.stringify([waiver.rule, waiver.target])
    const earlier = seen.get(key)
    if (earlier) item.fail(`is never reached: ${earlier.place} waives the same; remove one`)
    seen.set(key, waiver)
    return waiver
  })
}

function readWaiver(setting: Setting): Waiver {
  const w = setting.object({
    rule: 'required',
    digest: 'optional',
    path: 'optional',
    reason: 'required',
    owner: 'required',
    expires: 'required',
  })
  const rule = w.rule!.string()
  if (rule !== COVERAGE && !RULE.test(rule)) {
    w.rule!.fail(`'${rule}' is neither a rule id such as pickle/sink-called nor '${COVERAGE}'`)
  }
  if (w.digest && w.path) setting.fail("give 'digest' or 'path', not both")
  if (!w.digest && !w.path) setting.fail("'digest' or 'path' is missing: what is waived?")
  const target = w.digest ? { digest: readDigest(w.digest) } : { path: readGlob(w.path!) }
  return {
    rule,
    target,
    reason: w.reason!.string(),
    owner: w.owner!.string(),
    expires: readDate(w.expires!),
    place: setting.place,
  }
}

function readDigest(setting: Setting): string {
  return setting.matching(/^sha256:[0-9a-f]{64}$/, 'a digest: sha256: and 64 lower-case hex digits').slice(7)
}

function readGlob(setting: Setting): string {
  const glob = setting.string()
  try {
    globRegex(glob)
  } catch (error) {
    setting.fail(`'${glob}': ${error instanceof Error ? error.message : String(error)}`)
  }
  return glob
}

function readDate(setting: Setting): string {
  const text = setting.matching(/^\d{4}-\d{2}-\d{2}$/, 'a date: YYYY-MM-DD')
  const time = Date.parse(`${text}T00:00:00Z`)
  // 2026-02-30 is parsed as 2 March by some engines and as invalid by others.
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text) {
    setting.fail(`'${text}' is not a day of the calendar`)
  }
  return text
}
