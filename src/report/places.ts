import type { At } from '../model/fact.ts'

/** A place in words that fit one cell: `byte 43`, `line 3, column 7`, `/tools/0/description`; none for a whole artifact. */
export function placeWords(at: At | undefined): string {
  if (at === undefined) return ''
  if ('offset' in at) return `byte ${at.offset}`
  return 'line' in at ? `line ${at.line}, column ${at.column}` : at.pointer
}

/** The line a viewer of source code should show: binary files have only their first. */
export function lineOf(at: At | undefined): number {
  return at && 'line' in at ? Math.max(1, at.line) : 1
}
