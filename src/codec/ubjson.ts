import type { Json } from '../model/fact.ts'
import type { Limits } from '../model/limits.ts'
import { FormatError } from '../model/trouble.ts'

export interface UbjsonDocument {
  readonly value: Json
  /** Bytes that the document takes; what lies behind is not its own. */
  readonly length: number
  /** Keys that are in one object twice; `value` has the last. */
  readonly duplicates: number
}

/** What a value costs on the heap at least: bounds lists of `N` and `Z`, which take one byte or none. */
const BYTES_PER_VALUE = 32

/**
 * Reads UBJSON (draft 12) with the optimised containers that XGBoost writes: `$type#count`. Numbers are big-endian. Integers
 * beyond 2^53 become texts. Throws `FormatError` for lengths beyond the file, nesting beyond the limit, and unknown markers.
 */
export function readUbjson(
  bytes: Uint8Array,
  limits: Pick<Limits, 'jsonDepth' | 'memoryBytes'>,
): UbjsonDocument {
  const reader = new UbjsonReader(bytes, limits.jsonDepth, limits.memoryBytes / BYTES_PER_VALUE)
  const value = reader.value(reader.marker(), 0)
  return { value, length: reader.at, duplicates: reader.duplicates }
}

class UbjsonReader {
  readonly #view: DataView
  readonly #depth: number
  #left: number
  at = 0
  duplicates = 0

  constructor(bytes: Uint8Array, depth: number, values: number) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#depth = depth
    this.#left = values
  }

  /** The next marker that is no padding. */
  marker(): string {
    let marker = this.#letter()
    while (marker === 'N') marker = this.#letter()
    return marker
  }

  value(marker: string, depth: number): Json {
    if (--this.#left < 0)
      throw new FormatError('limit', 'UBJSON with too many values; --limit memoryBytes=VALUE raises it')
    switch (marker) {
      case 'Z':
        return null
      case 'T':
      case 'F':
        return marker === 'T'
      case 'S':
      case 'H':
        return this.#text(this.#length(this.#letter()))
      case 'C':
        return this.#text(1)
      case 'd':
        return this.#view.getFloat32(this.#step(4))
      case 'D':
        return this.#view.getFloat64(this.#step(8))
      case '[':
        return this.#array(this.#deeper(depth))
      case '{':
        return this.#object(this.#deeper(depth))
      default:
        return this.#integer(marker)
    }
  }

  #integer(marker: string): number | string {
    const view = this.#view
    if (marker === 'i') return view.getInt8(this.#step(1))
    if (marker === 'U') return view.getUint8(this.#step(1))
    if (marker === 'I') return view.getInt16(this.#step(2))
    if (marker === 'l') return view.getInt32(this.#step(4))
    if (marker !== 'L')
      throw new FormatError('corrupt', `UBJSON has no marker ${JSON.stringify(marker)}`, this.at - 1)
    const wide = view.getBigInt64(this.#step(8))
    const narrow = Number(wide)
    return Number.isSafeInteger(narrow) ? narrow : String(wide)
  }

  #array(depth: number): Json {
    const { type, count } = this.#optimised()
    const items: Json[] = []
    if (count === undefined) {
      for (let marker = this.marker(); marker !== ']'; marker = this.marker())
        items.push(this.value(marker, depth))
    } else {
      for (let i = 0; i < count; i++) items.push(this.value(type ?? this.marker(), depth))
    }
    return items
  }

  #object(depth: number): Json {
    const { type, count } = this.#optimised()
    // No prototype: `__proto__` is a key like any other.
    const members = Object.create(null) as Record<string, Json>
    for (let i = 0; count === undefined || i < count; i++) {
      const marker = count === undefined ? this.marker() : this.#letter()
      if (count === undefined && marker === '}') break
      const key = this.#text(this.#length(marker))
      if (key in members) this.duplicates++
      members[key] = this.value(type ?? this.marker(), depth)
    }
    return members
  }

  /** `$` and the type of all values, `#` and their number. Values without content are what makes a bomb of a few bytes. */
  #optimised(): { type?: string; count?: number } {
    if (this.#peek() !== '$') return this.#peek() === '#' ? { count: this.#count() } : {}
    this.at++
    const type = this.#letter()
    return { type, count: this.#count() }
  }

  #count(): number {
    if (this.#letter() !== '#')
      throw new FormatError('corrupt', 'a typed container without its count', this.at)
    const count = this.#integer(this.#letter())
    if (typeof count !== 'number' || count < 0) throw new FormatError('corrupt', 'a negative count', this.at)
    return count
  }

  #length(marker: string): number {
    const length = this.#integer(marker)
    if (typeof length !== 'number' || length < 0)
      throw new FormatError('corrupt', 'a negative length', this.at)
    return length
  }

  #text(length: number): string {
    const start = this.#step(length)
    return Buffer.from(this.#view.buffer, this.#view.byteOffset + start, length).toString()
  }

  #letter(): string {
    return String.fromCharCode(this.#view.getUint8(this.#step(1)))
  }

  #peek(): string {
    return this.at < this.#view.byteLength ? String.fromCharCode(this.#view.getUint8(this.at)) : ''
  }

  #deeper(depth: number): number {
    if (depth >= this.#depth)
      throw new FormatError('limit', `UBJSON nested deeper than jsonDepth (${this.#depth})`, this.at)
    return depth + 1
  }

  #step(count: number): number {
    if (count > this.#view.byteLength - this.at)
      throw new FormatError('truncated', `${count} bytes expected where the file ends`, this.at)
    const start = this.at
    this.at += count
    return start
  }
}
