import type { Source } from './values.ts'

/** What calling something does to the world outside the program. */
export type Effect =
  | 'process'
  | 'dynamic-code'
  | 'import'
  | 'native'
  | 'deserialise'
  | 'network'
  | 'listen'
  | 'file-read'
  | 'file-write'
  | 'file-delete'
  | 'environment-write'
  | 'descriptor'
  | 'hook'
  | 'registry'
  | 'spy'
  | 'input'

export interface Known {
  readonly effect: Effect
  /** The command is a line for a shell. */
  readonly shell?: boolean
  /** Which argument is the command, the code, the path or the data; -1 for the object itself. Default 0; `all`. */
  readonly sink?: number | 'all'
  /** Label of what it returns. */
  readonly gives?: Source
}

/** Names without parentheses, a trailing `.*` covering everything below. */
export interface EffectTable {
  readonly exact: ReadonlyMap<string, Known>
  readonly below: ReadonlyMap<string, Known>
}

/** Rows of `[what it does, names separated by white space]`. */
export function effectTable(rows: readonly (readonly [Known, string])[]): EffectTable {
  const exact = new Map<string, Known>()
  const below = new Map<string, Known>()
  for (const [known, names] of rows) {
    for (const name of names.trim().split(/\s+/)) {
      if (name.endsWith('.*')) below.set(name.slice(0, -2), known)
      else exact.set(name, known)
    }
  }
  return { exact, below }
}

/** What is known of a path such as `socket.socket().connect`. */
export function effectOf(table: EffectTable, path: string): Known | undefined {
  const name = path.replaceAll('()', '')
  const known = table.exact.get(name)
  if (known) return known
  for (let dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1)) {
    const covered = table.below.get(name.slice(0, dot))
    if (covered) return covered
  }
  return undefined
}
