import { isMap, isTuple, type Literal } from './python-literal.ts'

/**
 * What `numpy.dtype(descr)` would be, as far as a scanner needs it: the bytes of one element, and whether any part is
 * a Python object (then the array's data is a pickle). `descr` is what .npy headers and dtype pickles hold: a type
 * string, a list of fields, a tuple of a type and a shape, or a dict of names and formats.
 */
interface Dtype {
  /** Undefined where the type is not known. */
  readonly size: number | undefined
  readonly object: boolean
  /** `S U V` without a length take one from a tuple. */
  readonly flexible?: number
}

const UNKNOWN: Dtype = { size: undefined, object: false }

/** Bytes of one element; undefined for a type that is not known. */
export function itemSize(descr: Literal): number | undefined {
  const { size } = dtype(descr)
  return size !== undefined && Number.isSafeInteger(size) ? size : undefined
}

/** Does any part of the type hold Python objects? */
export function hasObject(descr: Literal): boolean {
  return dtype(descr).object
}

function dtype(descr: Literal): Dtype {
  if (typeof descr === 'string') return fromString(descr)
  if (isTuple(descr)) return fromTuple(descr.tuple)
  if (isMap(descr)) return fromDict(descr)
  if (Array.isArray(descr)) return join(descr.map(field))
  return UNKNOWN
}

/** `(name, type)`, `(name, type, shape)` or `((title, name), type)`. */
function field(value: Literal): Dtype {
  if (!isTuple(value)) return UNKNOWN
  const [, type = null, shape] = value.tuple
  return shape === undefined ? dtype(type) : repeat(dtype(type), shape)
}

/** `(type, shape)`, `('S', length)` or `(type, fields)`. */
function fromTuple([type = null, second = null]: readonly Literal[]): Dtype {
  const base = dtype(type)
  if (base.flexible !== undefined && typeof second === 'number') {
    return { size: base.flexible * second, object: false }
  }
  if (isMap(second) || Array.isArray(second)) {
    const fields = dtype(second)
    return { size: base.size ?? fields.size, object: base.object || fields.object }
  }
  return repeat(base, second)
}

/** `{names, formats, offsets?, itemsize?}`, or the older `{name: (type, offset)}`. */
function fromDict(map: ReadonlyMap<string, Literal>): Dtype {
  const formats = map.get('formats')
  const declared = map.get('itemsize')
  if (!Array.isArray(formats) && !isTuple(formats)) {
    const fields = [...map.values()].map((value) => (isTuple(value) ? value.tuple : []))
    return joinAt(
      fields.map(([type = null]) => dtype(type)),
      fields.map(([, offset]) => offset),
    )
  }
  const types = items(formats).map(dtype)
  const offsets = items(map.get('offsets') ?? [])
  const whole =
    offsets.length > 0
      ? joinAt(types, offsets)
      : map.get('aligned') === true
        ? { ...join(types), size: undefined } // padding depends on the C compiler
        : join(types)
  return typeof declared === 'number' ? { ...whole, size: declared } : whole
}

function items(value: Literal): readonly Literal[] {
  return isTuple(value) ? value.tuple : Array.isArray(value) ? value : []
}

function join(types: readonly Dtype[]): Dtype {
  let size: number | undefined = 0
  let object = false
  for (const type of types) {
    size = size === undefined || type.size === undefined ? undefined : size + type.size
    object ||= type.object
  }
  return { size, object }
}

function joinAt(types: readonly Dtype[], offsets: readonly (Literal | undefined)[]): Dtype {
  let size: number | undefined = 0
  for (const [i, type] of types.entries()) {
    const offset = offsets[i]
    size =
      size === undefined || type.size === undefined || typeof offset !== 'number'
        ? undefined
        : Math.max(size, offset + type.size)
  }
  return { size, object: types.some((type) => type.object) }
}

function repeat(type: Dtype, shape: Literal): Dtype {
  let size = type.size
  for (const dimension of isTuple(shape) ? shape.tuple : [shape]) {
    size = size === undefined || typeof dimension !== 'number' || dimension < 0 ? undefined : size * dimension
  }
  return { size, object: type.object }
}

// One element of NumPy's comma strings: order, repeat count or shape, order, type (numpy/_core/_internal.py).
const ELEMENT =
  /([<>|=]?)( *(?:\([ ,\d]*\)|[ \d]*) *)([<>|=]?)([A-Za-z][\w.?]*(?:\[[A-Za-z\d,./]*\])?|\?)\s*(?:,|$)\s*/y

function fromString(text: string): Dtype {
  const single = fromCode(text)
  if (single !== UNKNOWN) return single
  const types: Dtype[] = []
  ELEMENT.lastIndex = 0
  while (ELEMENT.lastIndex < text.length) {
    const match = ELEMENT.exec(text)
    if (!match) return { size: undefined, object: OBJECT.test(text) }
    const type = fromCode(match[4] ?? '')
    const counts = (match[2] ?? '').match(/\d+/g)
    types.push(counts ? repeat(type, { tuple: counts.map(Number) }) : type)
  }
  return types.length > 0 ? join(types) : UNKNOWN
}

/** In a string that we cannot take apart, what may be an object type. */
const OBJECT = /(?:^|[^A-Za-z\d])(?:O|[Oo]bject)/

// NumPy reads the number with strtol, so white space and a sign are part of it.
const CODE = /^[<>|=]?([A-Za-z?])\s*[+]?(\d*)$/
const DATETIME = /^[<>|=]?[mM]8?(?:\[[^\]]*\](?:\/\d+)?(?:\/\/\d+)?)?$/
const VARIABLE_STRING = /^[<>|=]?T$/
const NAMED_OBJECT = /^[<>|=]?(?:O\s*[+-]?\d*|[Oo]bject_?\d*)$/

function fromCode(text: string): Dtype {
  if (NAMED_OBJECT.test(text)) return { size: 8, object: true }
  // NumPy's variable-width strings are stored as pickled objects.
  if (VARIABLE_STRING.test(text)) return { size: 16, object: true }
  if (DATETIME.test(text)) return { size: 8, object: false }
  const match = CODE.exec(text)
  const kind = match?.[1] ?? ''
  const width = FLEXIBLE[kind]
  if (match && width !== undefined) {
    const size = width * Number(match[2] || 0)
    return match[2] ? { size, object: false } : { size, object: false, flexible: width }
  }
  const size = match ? (match[2] ? sized(kind, Number(match[2])) : CHARACTERS[kind]) : NAMES[text]
  return size === undefined ? UNKNOWN : { size, object: false }
}

const FLEXIBLE: Readonly<Record<string, number>> = { S: 1, a: 1, V: 1, U: 4 }

const SIZES: Readonly<Record<string, readonly number[]>> = {
  b: [1],
  i: [1, 2, 4, 8],
  u: [1, 2, 4, 8],
  f: [2, 4, 8, 12, 16],
  c: [8, 16, 24, 32],
}

function sized(kind: string, size: number): number | undefined {
  return SIZES[kind]?.includes(size) ? size : undefined
}

// One-letter codes, with the C sizes of 64-bit Linux and macOS (`l` and `L` are 4 on Windows; no writer stores them).
const CHARACTERS: Readonly<Record<string, number>> = {
  '?': 1,
  b: 1,
  B: 1,
  c: 1,
  h: 2,
  H: 2,
  e: 2,
  i: 4,
  I: 4,
  f: 4,
  l: 8,
  L: 8,
  q: 8,
  Q: 8,
  n: 8,
  N: 8,
  p: 8,
  P: 8,
  d: 8,
  g: 16,
  F: 8,
  D: 16,
  G: 32,
}

const NAMES: Readonly<Record<string, number>> = {
  bool: 1,
  bool_: 1,
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  uint64: 8,
  int: 8,
  int_: 8,
  uint: 8,
  intp: 8,
  uintp: 8,
  float16: 2,
  float32: 4,
  float64: 8,
  float: 8,
  half: 2,
  single: 4,
  double: 8,
  longdouble: 16,
  float128: 16,
  complex64: 8,
  complex128: 16,
  complex: 16,
  complex256: 32,
  bfloat16: 2,
  datetime64: 8,
  timedelta64: 8,
  str: 0,
  str_: 0,
  bytes: 0,
  bytes_: 0,
  void: 0,
}
