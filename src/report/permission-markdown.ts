import type { PermissionReport, PermissionRow, PluginPermissions } from '../model/permissions.ts'
import { fenced, plural } from './layout.ts'
import { sentence } from './permission-text.ts'
import { clip, printable } from './printable.ts'

/** The tables for a pull request or a page. */
export function* permissionMarkdown({ plugins }: PermissionReport): Generator<string> {
  yield '# Permissions\n'
  if (plugins.length === 0) yield '\nNothing here runs, declares or grants anything.\n'
  for (const plugin of plugins) yield* pluginSection(plugin)
}

function* pluginSection(plugin: PluginPermissions): Generator<string> {
  yield `\n## ${code(plugin.name)}\n\n${plugin.kind}, ${plural(plugin.files, 'source file')}, ${code(plugin.path)}\n`
  if (plugin.capabilities.length > 0) {
    yield '\n| capability | declared | inferred from code | granted |\n|---|---|---|---|\n'
    for (const row of plugin.capabilities)
      yield `| ${code(nameOf(row))} | ${row.declared.map(code).join(', ')} | ${witness(row)} | ${row.granted.map(code).join(', ')} |\n`
  }
  if (plugin.tools.length > 0) {
    yield '\n| tool | states | does |\n|---|---|---|\n'
    for (const { name, hints, capabilities } of plugin.tools)
      yield `| ${name === '*' ? '*any tool*' : code(name)} | ${hints.map(code).join(', ')} | ${capabilities.map((row) => code(nameOf(row))).join(', ')} |\n`
  }
  if (plugin.differences.length > 0) {
    yield '\nDifferences:\n\n'
    for (const difference of plugin.differences) yield `- ${code(sentence(difference))}\n`
  }
  if (plugin.unanalyzed.length > 0) {
    yield '\nNot analysed, so it may do anything:\n\n'
    for (const { what, where } of plugin.unanalyzed) yield `- ${printable(what)}: ${code(where)}\n`
  }
}

function nameOf({ capability, scope }: PermissionRow): string {
  return scope === '' ? capability : `${capability}(${scope})`
}

function witness({ inferred, count, when }: PermissionRow): string {
  const [first] = inferred
  if (first === undefined) return ''
  const more = count > 1 ? ` and ${plural(count - 1, 'more place')}` : ''
  return `${code(clip(first, 160))}${more}${when === 'on-call' ? '' : ` (${when})`}`
}

/** Code that neither leaves its quotes nor its cell of a table. */
function code(text: string): string {
  return fenced(printable(text)).replaceAll('|', '\\|')
}
