import type { Setting } from '../codec/settings.ts'
import { LOADER_VERBS, type Loader, type LoaderTarget, type LoaderWeakness } from '../model/loaders.ts'
import type { LoadersList } from './schema.ts'

const RULE = /^[a-z0-9-]+\/[a-z0-9-]+$/
const CVE = /^CVE-\d{4}-\d{4,}$/

/** The table of loaders: which call opens what, and what it does with what was found. Throws `UsageError`. */
export function readLoaders(root: Setting): LoadersList {
  const l = root.object({ kind: 'required', about: 'optional', groups: 'optional', entries: 'required' })
  l.about?.string()
  const groups: Groups = new Map()
  for (const [name, rules] of l.groups?.entries() ?? []) groups.set(name, ruleIds(rules, groups))
  return { kind: 'loaders', entries: l.entries!.filledList().map((entry) => readLoader(entry, groups)) }
}

/** Rules that several loaders have in common, by a name that no rule can have. */
type Groups = Map<string, readonly string[]>

function readLoader(setting: Setting, groups: Groups): Loader {
  const s = setting.object({
    call: 'required',
    package: 'required',
    note: 'optional',
    opens: 'required',
    runs: 'optional',
    imports: 'optional',
    reads: 'optional',
    writes: 'optional',
    fetches: 'optional',
    refuses: 'optional',
    weaknesses: 'optional',
  })
  const acts: Record<string, readonly string[]> = {}
  for (const verb of LOADER_VERBS) {
    const rules = s[verb]
    if (rules) acts[verb] = ruleIds(rules, groups)
  }
  return {
    call: s.call!.string(),
    package: s.package!.string(),
    ...(s.note ? { note: s.note.string() } : {}),
    opens: s.opens!.filledList().map(readTarget),
    acts,
    ...(s.refuses ? { refuses: readRefusal(s.refuses, groups) } : {}),
    weaknesses: s.weaknesses?.filledList().map((w) => readWeakness(w, groups)) ?? [],
  }
}

function readTarget(setting: Setting): LoaderTarget {
  const { format, layout, suffixes, member } = setting.object({
    format: 'optional',
    layout: 'optional',
    suffixes: 'optional',
    member: 'optional',
  })
  if (!format === !layout) setting.fail("opens something by 'format' or by 'layout': give one of them")
  return {
    ...(format ? { format: format.string() } : {}),
    ...(layout ? { layout: layout.string() } : {}),
    ...(suffixes ? { suffixes: suffixes.strings() } : {}),
    ...(member ? { member: member.string() } : {}),
  }
}

function readRefusal(setting: Setting, groups: Groups): NonNullable<Loader['refuses']> {
  const { rules, only, allPicklesBut } = setting.object({
    rules: 'optional',
    only: 'optional',
    allPicklesBut: 'optional',
  })
  if (!rules && !only && !allPicklesBut)
    setting.fail("refuses nothing; give 'rules', 'only' or 'allPicklesBut'")
  return {
    rules: rules ? ruleIds(rules, groups) : [],
    only: only?.strings() ?? [],
    ...(allPicklesBut ? { allPicklesBut: allPicklesBut.string() } : {}),
  }
}

function readWeakness(setting: Setting, groups: Groups): LoaderWeakness {
  const w = setting.object({
    cve: 'required',
    package: 'optional',
    from: 'optional',
    before: 'optional',
    does: 'required',
    rules: 'required',
    only: 'optional',
  })
  return {
    cve: w.cve!.matching(CVE, 'a CVE id such as CVE-2025-1716'),
    ...(w.package ? { package: w.package.string() } : {}),
    ...(w.from ? { from: w.from.string() } : {}),
    ...(w.before ? { before: w.before.string() } : {}),
    does: w.does!.string(),
    rules: ruleIds(w.rules!, groups),
    only: w.only?.strings() ?? [],
  }
}

function ruleIds(setting: Setting, groups: Groups): string[] {
  return setting.filledList().flatMap((rule) => {
    const group = groups.get(rule.string())
    return group ?? rule.matching(RULE, 'the id of a rule (file/name) or a group of this file')
  })
}
