import { FORMATS, type Format } from '../inspect/formats.ts'
import { INSPECTORS } from '../inspect/registry.ts'

export interface FormatRow extends Format {
  readonly id: string
  /** Suffixes and names by which the format is promised; content decides all the same. */
  readonly names: readonly string[]
}

/** One row for every inspector, in the order of the registry, group by group. */
export function formatRows(): FormatRow[] {
  const rows = INSPECTORS.map(({ id, detect }): FormatRow => {
    const format = FORMATS[id] ?? { title: id, group: 'Data and text', depth: [] }
    return { id, ...format, names: [...new Set([...(detect.suffix ?? []), ...(detect.name ?? [])])] }
  })
  const groups = [...new Set(rows.map((row) => row.group))]
  return groups.flatMap((group) => rows.filter((row) => row.group === group))
}

export function depthText({ depth }: Pick<Format, 'depth'>): string {
  return depth.length === 0 ? 'recognised only' : depth.join(', ')
}

/** For terminals: aligned columns. */
export function formatText(): string {
  const rows = formatRows()
  const width = Math.max(...rows.map((row) => row.id.length))
  const deep = Math.max(...rows.map((row) => depthText(row).length))
  const lines: string[] = []
  for (const [i, row] of rows.entries()) {
    if (row.group !== rows[i - 1]?.group) lines.push(...(i > 0 ? [''] : []), row.group)
    lines.push(`  ${row.id.padEnd(width)}  ${depthText(row).padEnd(deep)}  ${row.title}`)
  }
  return `${lines.join('\n')}\n\n${LEGEND}\n`
}

const LEGEND = `structure  headers, lengths and references, each against the others and the file
code       what loading or running it would import, call or run
content    what is inside, inspected in its own right
recognised only: known by sight, never a pass`

/** docs/formats.md, which a test keeps current. */
export function formatMarkdown(): string {
  const rows = formatRows()
  const parts = [
    '# Formats',
    '',
    'Written by `weighmaster formats --format markdown`; a test keeps it current.',
    '',
  ]
  parts.push('Content decides what a file is; names only choose between weak matches. How deep is:', '')
  parts.push('* **structure**: headers, lengths and references, each against the others and the file;')
  parts.push('* **code**: what loading or running it would import, call or run;')
  parts.push('* **content**: what is inside, decoded and inspected in its own right;')
  parts.push('* **recognised only**: known by sight. The outcome is `incomplete`, never `pass`.', '')
  for (const group of new Set(rows.map((row) => row.group))) {
    parts.push(`## ${group}`, '', '| format | inspector | how deep | names |', '|---|---|---|---|')
    for (const row of rows.filter((r) => r.group === group)) {
      const names = row.names.map((name) => `\`${name}\``).join(' ')
      parts.push(`| ${row.title} | \`${row.id}\` | ${depthText(row)} | ${names} |`)
    }
    parts.push('')
  }
  return parts.join('\n')
}
