import type {
  PermissionDifference,
  PermissionReport,
  PermissionRow,
  PluginPermissions,
} from '../model/permissions.ts'
import { columns, hang, padEnd, plural, type Screen, shorten, wrap } from './layout.ts'
import { clip, printable } from './printable.ts'

const CAPABILITY_AT_MOST = 34
const COLUMN_AT_MOST = 18
const GAPS_SHOWN = 12

/** The tables as a person reads them in a terminal. */
export function* permissionText({ plugins, targets }: PermissionReport, screen: Screen): Generator<string> {
  for (const [i, plugin] of plugins.entries()) {
    if (i > 0) yield '\n'
    for (const line of pluginBlock(plugin, screen)) yield `${line.trimEnd()}\n`
  }
  if (plugins.length === 0)
    yield `Nothing in ${targets.map(printable).join(', ')} runs, declares or grants anything.\n`
}

function pluginBlock(plugin: PluginPermissions, screen: Screen): string[] {
  const { paint, width } = screen
  const kind = plugin.kind === 'code' ? 'code without a manifest' : plugin.kind
  const about = `${kind}, ${plural(plugin.files, 'source file')}`
  const name = shorten(printable(plugin.name), Math.max(20, width - columns(about) - 4))
  const out = [
    `${paint('strong', padEnd(name, width - columns(about) - 1))} ${paint('faint', about)}`,
    paint('faint', '─'.repeat(width)),
  ]
  if (plugin.path !== plugin.name) out.push(paint('faint', shorten(printable(plugin.path), width)))
  const rows = plugin.capabilities.filter(
    ({ when, declared, granted }) => when !== 'test' || declared.length + granted.length > 0,
  )
  const tests = plugin.capabilities.filter((row) => !rows.includes(row))
  if (rows.length > 0) out.push('', ...table(rows, screen))
  else if (plugin.unanalyzed.length === 0)
    out.push('', '  Does nothing outside itself, as far as its code shows.')
  if (plugin.tools.length > 0) out.push('', ...toolLines(plugin, screen))
  if (plugin.differences.length > 0) out.push('', ...differenceLines(plugin.differences, screen))
  if (plugin.unanalyzed.length > 0) out.push('', ...gapLines(plugin, screen))
  if (tests.length > 0) {
    out.push('', ...hang('  Only its tests  ', tests.map(textOf).join(', '), width, (l) => paint('faint', l)))
  }
  return out
}

function textOf({ capability, scope }: Pick<PermissionRow, 'capability' | 'scope'>): string {
  return printable(scope === '' ? capability : `${capability}(${scope})`)
}

/** Columns nobody filled are left out: most plugins declare nothing, and few are granted anything. */
function table(rows: readonly PermissionRow[], { paint, width }: Screen): string[] {
  const declares = rows.some(({ declared }) => declared.length > 0)
  const grants = rows.some(({ granted }) => granted.length > 0)
  const widest = (texts: readonly string[], head: string, most: number) =>
    Math.min(most, Math.max(columns(head), ...texts.map(columns)))
  const first = widest(rows.map(textOf), 'Capability', CAPABILITY_AT_MOST)
  const declared = declares
    ? widest(
        rows.map((r) => list(r.declared)),
        'Declared',
        COLUMN_AT_MOST,
      )
    : 0
  const granted = grants
    ? widest(
        rows.map((r) => list(r.granted)),
        'Granted',
        COLUMN_AT_MOST,
      )
    : 0
  const gaps = 2 * (1 + Number(declares) + Number(grants))
  const last = Math.max(24, width - 2 - first - declared - granted - gaps)
  const line = (cells: readonly [string, string, string, string], style: (t: string) => string) =>
    `  ${[
      padEnd(shorten(cells[0], first), first),
      ...(declares ? [padEnd(shorten(cells[1], declared), declared)] : []),
      ...(grants ? [padEnd(shorten(cells[2], granted), granted)] : []),
      style(cut(cells[3], last)),
    ].join('  ')}`
  return [
    paint(
      'faint',
      line(['Capability', 'Declared', 'Granted', 'Inferred from code'], (t) => t),
    ),
    ...rows.map((row) => line([textOf(row), list(row.declared), list(row.granted), witness(row)], (t) => t)),
  ]
}

/** A witness begins with its place; what is too long loses its end. */
function cut(text: string, width: number): string {
  if (columns(text) <= width) return text
  let kept = ''
  for (const character of text) {
    if (columns(kept + character) >= width) break
    kept += character
  }
  return `${kept}…`
}

function list(texts: readonly string[]): string {
  const [first, ...more] = texts
  if (first === undefined) return '–'
  return more.length === 0 ? printable(first) : `${printable(first)} +${more.length}`
}

function witness({ inferred, count, when }: PermissionRow): string {
  const [first] = inferred
  if (first === undefined) return '–'
  const soon = when === 'on-install' ? 'at install: ' : when === 'on-load' ? 'on load: ' : ''
  return `${soon}${printable(clip(first, 200))}${count > 1 ? ` (+${count - 1})` : ''}`
}

const HINTS: Readonly<Record<string, string>> = {
  'readOnlyHint=true': 'read-only',
  'readOnlyHint=false': 'writes',
  'destructiveHint=true': 'destructive',
  'destructiveHint=false': 'not destructive',
  'idempotentHint=true': 'idempotent',
  'openWorldHint=true': 'open world',
  'openWorldHint=false': 'closed world',
}

function toolLines({ tools }: PluginPermissions, { paint, width }: Screen): string[] {
  const shown = tools.map((tool) => ({
    name: tool.name === '*' ? 'any tool' : printable(tool.name),
    says: tool.hints.flatMap((hint) => HINTS[hint] ?? []).join(', ') || '–',
    does:
      tool.capabilities
        .filter(({ when }) => when !== 'test')
        .map(textOf)
        .join(', ') || '–',
  }))
  const most = (texts: readonly string[], head: string, limit: number) =>
    Math.min(limit, Math.max(columns(head), ...texts.map(columns)))
  const name = most(
    shown.map((t) => t.name),
    'Tool',
    28,
  )
  const says = most(
    shown.map((t) => t.says),
    'Says it is',
    26,
  )
  const cell = (text: string, wide: number) => padEnd(shorten(text, wide), wide)
  const head = `  ${padEnd('Tool', name)}  ${padEnd('Says it is', says)}  Does`
  return [
    paint('faint', head),
    ...shown.flatMap((tool) =>
      hang(`  ${cell(tool.name, name)}  ${cell(tool.says, says)}  `, tool.does, width, (l) => l),
    ),
  ]
}

function differenceLines(differences: readonly PermissionDifference[], screen: Screen): string[] {
  const { paint, width } = screen
  return [
    paint('faint', '  Differences'),
    ...differences.flatMap((difference) => {
      const mark = difference.kind === 'annotation-lie' ? paint('fail', '✗') : paint('incomplete', '!')
      const [head = '', ...rest] = wrap(sentence(difference), width - 4)
      return [`  ${mark} ${head}`, ...rest.map((line) => `    ${line}`)]
    }),
  ]
}

/** One difference in words, for every output for people. */
export function sentence(difference: PermissionDifference): string {
  const { kind, tool, about, certain, witness: seen } = difference
  const what = textOf(difference)
  if (kind === 'undeclared') return `${what} is not declared: ${printable(seen)}`
  if (kind === 'over-grant') {
    const enough =
      about === '' ? 'nothing of it was seen to be needed' : `enough would be: ${printable(about)}`
    return `${what} is granted by ${printable(seen)}; ${enough}`
  }
  const does = certain ? 'does' : 'may do'
  const stated = about === 'readOnlyHint' ? `${about}=true` : `${about}=false`
  return `${printable(tool)} states ${stated}, and ${does} ${what}: ${printable(seen)}`
}

function gapLines({ unanalyzed }: PluginPermissions, { paint, width }: Screen): string[] {
  const wide = Math.max(...unanalyzed.map(({ what }) => columns(what)))
  const shown = unanalyzed.slice(0, GAPS_SHOWN)
  const more = unanalyzed.length - shown.length
  return [
    paint('faint', '  Not analysed: it may do anything'),
    ...shown.map(
      ({ what, where }) =>
        `  ${paint('incomplete', '?')} ${padEnd(printable(what), wide)}  ${shorten(printable(where), width - wide - 6)}`,
    ),
    ...(more > 0 ? [`    … and ${more} more`] : []),
  ]
}
