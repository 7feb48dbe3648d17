import type { PermissionReport, PermissionRow, PluginPermissions } from '../model/permissions.ts'
import { plural } from './layout.ts'
import { codeCell } from './markdown-text.ts'
import { sentence } from './permission-text.ts'
import { clip, printable } from './printable.ts'

/** The tables for a pull request or a page. */
export function* permissionMarkdown({ plugins }: PermissionReport): Generator<string> {
  yield '# Permissions\n'
  if (plugins.length === 0) yield '\nNothing here runs, declares or grants anything.\n'
  for (const plugin of plugins) yield* pluginSection(plugin)
}

function* pluginSection(plugin: PluginPermissions): Generator<string> {
  yield `\n## ${codeCell(plugin.name)}\n\n${plugin.kind}, ${plural(plugin.files, 'source file')}, ${codeCell(plugin.path)}\n`
  if (plugin.capabilities.length > 0) {
    yield '\n| capability | declared | inferred from code | granted |\n|---|---|---|---|\n'
    for (const row of plugin.capabilities)
      yield `| ${codeCell(nameOf(row))} | ${row.declared.map(codeCell).join(', ')} | ${witness(row)} | ${row.granted.map(codeCell).join(', ')} |\n`
  }
  if (plugin.tools.length > 0) {
    yield '\n| tool | states | does |\n|---|---|---|\n'
    for (const { name, hints, capabilities } of plugin.tools)
      yield `| ${name === '*' ? '*any tool*' : codeCell(name)} | ${hints.map(codeCell).join(', ')} | ${capabilities.map((row) => codeCell(nameOf(row))).join(', ')} |\n`
  }
  if (plugin.differences.length > 0) {
    yield '\nDifferences:\n\n'
    for (const difference of plugin.differences) yield `- ${codeCell(sentence(difference))}\n`
  }
  if (plugin.unanalyzed.length > 0) {
    yield '\nNot analysed, so it may do anything:\n\n'
    for (const { what, where } of plugin.unanalyzed) yield `- ${printable(what)}: ${codeCell(where)}\n`
  }
}

function nameOf({ capability, scope }: PermissionRow): string {
  return scope === '' ? capability : `${capability}(${scope})`
}

function witness({ inferred, count, when }: PermissionRow): string {
  const [first] = inferred
  if (first === undefined) return ''
  const more = count > 1 ? ` and ${plural(count - 1, 'more place')}` : ''
  return `${codeCell(clip(first, 160))}${more}${when === 'on-call' ? '' : ` (${when})`}`
}
