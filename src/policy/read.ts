import { hash } from 'node:crypto'
import { globRegex } from '../codec/glob.ts'
import { parseSettings, type Setting } from '../codec/settings.ts'
import { readSignerRule } from '../codec/signer-settings.ts'
import { SEVERITIES } from '../model/finding.ts'
import { COVERAGE, type Override, type Policy, PRESETS, type Preset, type Waiver } from './schema.ts'

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
  })
  p.about?.string()
  const extended = p.extends?.oneOf(PRESETS)
  // A preset says everything itself; any other policy starts from one.
  const base = extended === undefined && p['fail-on'] ? undefined : preset(extended ?? DEFAULT)
  return {
    name,
    digest: hash('sha256', text, 'hex'),
    failOn: p['fail-on']?.oneOf(SEVERITIES) ?? base?.failOn ?? 'high',
    acceptGlobals: [...(base?.acceptGlobals ?? []), ...readGlobals(p['accept-globals'])],
    overrides: [...(base?.overrides ?? []), ...(p.overrides?.list() ?? []).map(readOverride)],
    waivers: [...(base?.waivers ?? []), ...(p.waivers?.list() ?? []).map(readWaiver)],
    signers: [...(base?.signers ?? []), ...(p.signers?.list() ?? []).map(readSignerRule)],
  }
}

function readGlobals(setting: Setting | undefined): string[] {
  return (setting?.list() ?? []).map((item) =>
    item.matching(/^[^\s*]+$/, 'the exact name of a global; prefixes and patterns are not accepted'),
  )
}

function readOverride(setting: Setting): Override {
  const o = setting.object({
    path: 'required',
    'fail-on': 'optional',
    severity: 'optional',
    'accept-globals': 'optional',
  })
  const severity = (o.severity?.entries() ?? []).map(([rule, level]) => {
    if (!RULE.test(rule)) level.fail(`'${rule}' is not a rule id such as pickle/sink-called`)
    return [rule, level.oneOf(SEVERITIES)] as const
  })
  if (o.severity && severity.length === 0) o.severity.fail('must name at least one rule')
  if (!o['fail-on'] && !o.severity && !o['accept-globals']) {
    setting.fail("changes nothing; give 'fail-on', 'severity' or 'accept-globals'")
  }
  return {
    path: readGlob(o.path!),
    ...(o['fail-on'] ? { failOn: o['fail-on'].oneOf(SEVERITIES) } : {}),
    severity: Object.fromEntries(severity),
    acceptGlobals: readGlobals(o['accept-globals']),
  }
}

const RULE = /^[a-z0-9-]+\/[a-z0-9]+(-[a-z0-9]+)*$/

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
