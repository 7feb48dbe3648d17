import { parseSettings, type Setting } from '../codec/settings.ts'
import type { FactCatalogue } from '../model/fact.ts'
import { UsageError } from '../model/trouble.ts'
import { checkRule } from './check.ts'
import { filesDigest, type RuleFile } from './files.ts'
import { readRules } from './read.ts'
import { readList } from './read-list.ts'
import type { List, Rule, RuleData } from './schema.ts'

/**
 * Reads rule and list files. `base` is what is already loaded: its lists can be asked for, its rule ids are taken.
 * Without a catalogue, the facts that rules ask for are not checked (the build does so; the tests have it).
 */
export function parseRules(
  files: readonly RuleFile[],
  catalogue: FactCatalogue | undefined,
  base?: RuleData,
): RuleData {
  const lists = new Map(Object.entries(base?.lists ?? {}))
  const places = new Map<string, string>((base?.rules ?? []).map((rule) => [rule.id, 'the shipped rules']))
  const read: { rule: Rule; setting: Setting }[] = []
  for (const file of files) {
    const root = parseSettings(file.text, file.path)
    const [folder = '', name = ''] = file.name.replace(/\.yaml$/, '').split('/')
    if (folder === 'lists') addList(lists, name, readList(root), root, file)
    else read.push(...readRules(root, folder))
  }
  const known = Object.fromEntries(lists)
  for (const { rule, setting } of read) {
    const taken = places.get(rule.id)
    if (taken)
      setting.find(['id']).fail(`the rule '${rule.id}' stands already in ${taken}; choose another name`)
    places.set(rule.id, setting.place)
    if (catalogue) checkRule(rule, setting, known, catalogue)
  }
  const rules = [...(base?.rules ?? []), ...read.map(({ rule }) => rule)]
  return { rules, lists: known, digest: base?.digest ?? filesDigest(files) }
}

/** The files of `lists/<name>/` are joined; `lists/<name>.yaml` stands alone. */
function addList(lists: Map<string, List>, name: string, list: List, root: Setting, file: RuleFile): void {
  const held = lists.get(name)
  if (!held) {
    lists.set(name, list)
    return
  }
  if (file.name.split('/').length !== 3) {
    throw new UsageError(
      `${file.path}:1:1: the list '${name}' exists already; add to it as lists/${name}/<part>.yaml`,
    )
  }
  if (held.kind === 'names' && list.kind === 'names') {
    // A list is acceptable only if all its parts are.
    const acceptable = held.acceptable && list.acceptable
    lists.set(name, { kind: 'names', entries: [...held.entries, ...list.entries], acceptable })
  } else if (held.kind === 'signatures' && list.kind === 'signatures') {
    lists.set(name, { kind: 'signatures', entries: [...held.entries, ...list.entries] })
  } else if (held.kind === 'loaders' && list.kind === 'loaders') {
    lists.set(name, { kind: 'loaders', entries: [...held.entries, ...list.entries] })
  } else root.fail(`the list '${name}' is of kind ${held.kind} in its other files`)
}
