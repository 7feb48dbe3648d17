import type { FunctionDef, Range } from './ir.ts'

/** Where data came from, as bits. From `FIRST_PARAMETER` on, one bit for each parameter of the function analysed. */
export const LABEL = {
  argument: 1 << 0,
  environment: 1 << 1,
  'whole-environment': 1 << 2,
  file: 1 << 3,
  'secret-file': 1 << 4,
  network: 1 << 5,
  stdin: 1 << 6,
  decoded: 1 << 7,
  process: 1 << 8,
  'secret-environment': 1 << 9,
} as const

export type Source = keyof typeof LABEL
export const SOURCES = Object.keys(LABEL) as Source[]

const FIRST_PARAMETER = 12
export const PARAMETERS_TRACKED = 18
export const SOURCE_BITS = (1 << FIRST_PARAMETER) - 1

export function parameterBit(index: number): number {
  return index < PARAMETERS_TRACKED ? 1 << (FIRST_PARAMETER + index) : 0
}

/** Longest constant text that is carried along; what grows beyond is not constant to us. */
export const CONSTANT_LIMIT = 1024 * 1024
/** Elements of a list that are told apart. */
export const ITEMS_LIMIT = 65_536

/** What is known of a value. An empty one is unknown. */
export interface Value {
  /** Text (bytes as Latin-1) or a number. */
  readonly constant?: string | number
  readonly bytes?: boolean
  /** How a text begins of which only the beginning is constant. */
  readonly prefix?: string
  readonly items?: readonly Value[]
  readonly entries?: ReadonlyMap<string, Value>
  /** The dotted name it is reached by: `os.system`; `socket.socket()` for what a call of that gave. */
  readonly path?: string
  readonly fn?: FunctionDef
  /** Arguments already given (partial application); empty for a name reached by reflection. */
  readonly bound?: readonly Value[]
  /** Names of variables and constant paths that name the file behind this handle. */
  readonly handle?: FileKey
  /** Name of the environment variable it was read from. */
  readonly variable?: string
  /** True or false, where the language has no name for that. */
  readonly flag?: boolean
  readonly labels: number
  /** Where the first of its labels came from. */
  readonly origin?: Range & { readonly callee: string }
  /** The constant or the name was put together so that a reader does not see it: decoded, reversed, from numbers. */
  readonly hidden?: boolean
  /** Put together from pieces: what by itself is common, and in a name of something dangerous is not. */
  readonly pieced?: boolean
}

export interface FileKey {
  readonly name?: string
  readonly constant?: string
}

export const UNKNOWN: Value = { labels: 0 }

export function text(constant: string | number, bytes = false): Value {
  return bytes ? { constant, bytes, labels: 0 } : { constant, labels: 0 }
}

export function labelled(value: Value, from: Pick<Value, 'labels' | 'origin'>): Value {
  const labels = value.labels | from.labels
  if (labels === value.labels) return value
  const origin = value.origin ?? from.origin
  return { ...value, labels, ...(origin ? { origin } : {}) }
}

/** Only where data came from, nothing of what it is. */
export function taintOf(values: readonly Value[]): Value {
  let out: Value = UNKNOWN
  for (const value of values) {
    out = labelled(out, value)
    if (value.items) for (const item of value.items.slice(0, 256)) out = labelled(out, item)
    if (value.entries) for (const item of value.entries.values()) out = labelled(out, item)
  }
  return out
}

/** Either of two values. */
export function either(a: Value, b: Value): Value {
  if (a === b) return a
  if (isBlank(a)) return labelled(a.labels === 0 ? b : open(b), a)
  if (isBlank(b)) return labelled(b.labels === 0 ? a : open(a), b)
  // Of two different things the more telling one is kept: a name that can be called, then a constant.
  const first = a.path !== undefined || a.fn || (a.constant !== undefined && b.path === undefined) ? a : b
  return labelled(first, first === a ? b : a)
}

/** A value that may also be something from outside: its text is not certain any more, its name is. */
function open(value: Value): Value {
  const { constant: _constant, items: _items, ...rest } = value
  return rest
}

function isBlank(value: Value): boolean {
  return (
    value.constant === undefined &&
    value.path === undefined &&
    value.items === undefined &&
    value.entries === undefined &&
    value.fn === undefined &&
    value.handle === undefined
  )
}

/** What `before += value` gives. In a loop it grows to nobody knows what. */
export function summed(before: Value, value: Value, loops: boolean): Value {
  const [a, b] = [before.constant, value.constant]
  return typeof a === 'string' && typeof b === 'string' && !loops
    ? { ...labelled(before, value), constant: a + b, pieced: true }
    : labelled(taintOf([before]), taintOf([value]))
}

const BLOB_AT_LEAST = 24

/** A decoded text long enough to be more than a word. */
export function isBlob({ constant, labels }: Value): boolean {
  return typeof constant === 'string' && constant.length >= BLOB_AT_LEAST && (labels & LABEL.decoded) !== 0
}

/** Text put together of parts. */
export function joined(parts: readonly Value[]): Value {
  const from = taintOf(parts)
  let constant = ''
  let whole = true
  for (const part of parts) {
    if (part.constant === undefined || constant.length > CONSTANT_LIMIT) {
      constant += part.prefix ?? ''
      whole = false
      break
    }
    constant += String(part.constant)
  }
  if (!whole || constant.length > CONSTANT_LIMIT) return constant ? { ...from, prefix: constant } : from
  const numeric = parts.length > 1 && parts.every((p) => typeof p.constant === 'number')
  const hidden = parts.some((p) => p.hidden)
  return {
    ...from,
    constant: numeric ? parts.reduce((sum, p) => sum + Number(p.constant), 0) : constant,
    ...(parts[0]?.bytes ? { bytes: true } : {}),
    ...(hidden ? { hidden } : {}),
    ...(parts.length > 1 ? { pieced: true } : {}),
  }
}
