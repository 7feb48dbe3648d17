import type { ColumnBuilder } from './batch.ts'
import type { RowBatcher } from './batcher.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const COMMA = 0x2c
const COLON = 0x3a

/** A place in records: a key in an object, whatever the lists around it. */
class Column {
  readonly path: string
  readonly key: Buffer
  readonly children: Column[] = []
  text: ColumnBuilder | undefined
  scalar: ColumnBuilder | undefined
  /** The object in which the key was last seen. */
  seen = 0

  constructor(path: string, key: Buffer) {
    this.path = path
    this.key = key
  }
}

/** Keys of one object that are told apart; what comes behind them counts as one. */
const KEYS = 2000

export type RecordTrouble = 'syntax' | 'depth'

/**
 * Reads records of JSON and puts their strings into columns by the names on the way to them. No value is made: keys are
 * compared with those of the record before, strings are copied, and only escapes are decoded.
 */
export class RecordReader {
  readonly #batcher: RowBatcher
  readonly #depth: number
  readonly #root = new Column('', Buffer.alloc(0))
  #bytes: Buffer = Buffer.alloc(0)
  #at = 0
  #end = 0
  #row = 0
  #objects = 0
  /** Place of the next backslash, or beyond the end. */
  #escape = -1
  /** The string just closed has escapes. */
  #escaped: boolean = false
  /** A key that the last record has twice in one object. */
  duplicate: string | undefined

  constructor(batcher: RowBatcher, depth: number) {
    this.#batcher = batcher
    this.#depth = depth
  }

  /** Reads one record from `at` on as the row of that number in the batch; returns the place behind it, or what is wrong. */
  read(bytes: Buffer, at: number, end: number, row: number): number | RecordTrouble {
    if (this.#bytes !== bytes) this.#escape = -1
    this.#bytes = bytes
    this.#at = at
    this.#end = end
    this.#row = row
    this.duplicate = undefined
    const trouble = this.#value(this.#root, 0)
    return trouble ?? this.#at
  }

  #value(column: Column, depth: number): RecordTrouble | undefined {
    const byte = this.#skip()
    if (byte === QUOTE) return this.#string(column)
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      if (depth >= this.#depth) return 'depth'
      this.#at++
      return byte === OPEN_OBJECT ? this.#object(column, depth + 1) : this.#array(column, depth + 1)
    }
    return this.#scalar(column, depth)
  }

  #object(column: Column, depth: number): RecordTrouble | undefined {
    const object = ++this.#objects
    if (this.#skip() === CLOSE_OBJECT) {
      this.#at++
      return undefined
    }
    for (let i = 0; ; i++) {
      if (this.#skip() !== QUOTE) return 'syntax'
      const start = this.#at + 1
      const end = this.#closing()
      if (end < 0) return 'syntax'
      const child = this.#child(column, start, end, i)
      if (child.seen === object && child.key.length > 0) this.duplicate = child.path
      child.seen = object
      this.#at = end + 1
      if (this.#skip() !== COLON) return 'syntax'
      this.#at++
      const trouble = this.#value(child, depth)
      if (trouble) return trouble
      const next = this.#skip()
      this.#at++
      if (next === CLOSE_OBJECT) return undefined
      if (next !== COMMA) return 'syntax'
    }
  }

  #array(column: Column, depth: number): RecordTrouble | undefined {
    if (this.#skip() === CLOSE_ARRAY) {
      this.#at++
      return undefined
    }
    for (;;) {
      const trouble = this.#value(column, depth)
      if (trouble) return trouble
      const next = this.#skip()
      this.#at++
      if (next === CLOSE_ARRAY) return undefined
      if (next !== COMMA) return 'syntax'
    }
  }

  /** The column of a key; records mostly have the keys of the one before, in the same order. */
  #child(column: Column, start: number, end: number, guess: number): Column {
    const { children } = column
    const likely = children[guess]
    if (likely && this.#isKey(likely, start, end)) return likely
    for (const child of children) if (this.#isKey(child, start, end)) return child
    if (children.length >= KEYS) return new Column(`${column.path}.*`, Buffer.alloc(0))
    const key = Buffer.from(this.#bytes.subarray(start, end))
    const name = key.includes(BACKSLASH) ? unescaped(key) : key.toString()
    const child = new Column(column.path === '' ? name : `${column.path}.${name}`, key)
    children.push(child)
    return child
  }

  #isKey(column: Column, start: number, end: number): boolean {
    const { key } = column
    if (key.length !== end - start) return false
    for (let i = 0; i < key.length; i++) if (key[i] !== this.#bytes[start + i]) return false
    return true
  }

  #string(column: Column): RecordTrouble | undefined {
    const start = this.#at + 1
    const end = this.#closing()
    const hasEscape = this.#escaped
    if (end < 0) return 'syntax'
    this.#at = end + 1
    if (end === start) return undefined
    column.text ??= this.#batcher.column(column.path, 'text')
    if (hasEscape) column.text.addText(this.#row, unescaped(this.#bytes.subarray(start, end)))
    else {
      column.text.append(this.#bytes, start, end)
      column.text.close(this.#row)
    }
    return undefined
  }

  /** The place of the quote that closes the string at hand. */
  #closing(): number {
    let from = this.#at + 1
    this.#escaped = false
    for (;;) {
      const quote = this.#bytes.indexOf(QUOTE, from)
      if (quote === -1 || quote >= this.#end) return -1
      if (this.#escape < from) {
        const next = this.#bytes.indexOf(BACKSLASH, from)
        this.#escape = next === -1 ? Number.POSITIVE_INFINITY : next
      }
      if (this.#escape > quote) return quote
      // Behind the escaped character; it may be the quote.
      this.#escaped = true
      from = this.#escape + 2
    }
  }

  #scalar(column: Column, depth: number): RecordTrouble | undefined {
    const start = this.#at
    while (this.#at < this.#end && IN_SCALAR[this.#bytes[this.#at] ?? 0] === 1) this.#at++
    if (this.#at === start) return 'syntax'
    // Labels are numbers of the record itself; lists of numbers are vectors.
    if (depth === 1 && this.#at - start < 32 && this.#bytes[start] !== 0x6e) {
      column.scalar ??= this.#batcher.column(column.path, 'scalar')
      column.scalar.append(this.#bytes, start, this.#at)
      column.scalar.close(this.#row)
    }
    return undefined
  }

  #skip(): number {
    while (this.#at < this.#end) {
      const byte = this.#bytes[this.#at] ?? 0
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return byte
      this.#at++
    }
    return -1
  }
}

/** Numbers, `true`, `false`, `null`, and what Python writes beside: `NaN`, `Infinity`. */
const IN_SCALAR = new Uint8Array(256)
for (const sign of '+-.0123456789EINaefilnrstuy') IN_SCALAR[sign.charCodeAt(0)] = 1

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' }

function unescaped(value: Uint8Array): string {
  const text = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString()
  return text.replaceAll(
    /\\(?:u([\da-fA-F]{4})|(.))/gs,
    (_, code: string | undefined, sign: string | undefined) =>
      code === undefined
        ? (ESCAPES[sign ?? ''] ?? sign ?? '')
        : String.fromCharCode(Number.parseInt(code, 16)),
  )
}
