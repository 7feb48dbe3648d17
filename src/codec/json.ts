import { isUtf8 } from 'node:buffer'
import type { Json } from '../model/fact.ts'
import type { Limits } from '../model/limits.ts'
import { FormatError } from '../model/trouble.ts'

export type JsonToken =
  | '{'
  | '}'
  | '['
  | ']'
  | 'key'
  | 'string'
  | 'number'
  | 'true'
  | 'false'
  | 'null'
  | 'end'

export interface JsonOptions {
  /** Containers in containers. */
  readonly depth: number
  /** Accept what Python's reader does beside the standard: `NaN`, `Infinity`, `-Infinity`. */
  readonly python?: boolean
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d

const STATES = { value: 0, firstItem: 1, firstKey: 2, key: 3, after: 4, done: 5 } as const
type State = (typeof STATES)[keyof typeof STATES]

/**
 * Reads JSON (RFC 8259) token by token, strictly, from bytes: a reader that sees duplicate keys, positions and depth,
 * which `JSON.parse` hides, and that holds no more than the keys of the open objects. Strings and numbers are decoded
 * when asked for. Throws `FormatError` at the first byte that is no JSON.
 */
export class JsonScanner {
  /** Where the last token begins and ends; for a key without its colon. */
  offset = 0
  end = 0
  /** The last key was already used in the same object. */
  duplicate: boolean = false
  /** The deepest nesting seen. */
  deepest = 0
  /** A `\u` escape stood for half a surrogate pair; strict readers refuse it. */
  loneSurrogate: boolean = false

  readonly #bytes: Buffer
  readonly #options: JsonOptions
  readonly #open: number[] = []
  readonly #keys: (Set<string> | string | undefined)[] = []
  #state: State = STATES.value
  #at = 0
  #escaped: boolean = false
  #text: string | undefined

  constructor(bytes: Uint8Array, options: JsonOptions) {
    if (!isUtf8(bytes)) throw new FormatError('corrupt', 'JSON that is not UTF-8')
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#options = options
  }

  next(): JsonToken {
    let byte = this.#skip()
    if (this.#state === STATES.after) {
      if (byte === COMMA) {
        this.#at++
        byte = this.#skip()
        this.#state = this.#open.at(-1) === OPEN_OBJECT ? STATES.key : STATES.value
      } else if (byte !== CLOSE_OBJECT && byte !== CLOSE_ARRAY) throw this.#unexpected()
    }
    this.offset = this.#at
    switch (this.#state) {
      case STATES.done:
        if (this.#at < this.#bytes.length) throw this.#unexpected()
        return 'end'
      case STATES.key:
      case STATES.firstKey:
        return byte === QUOTE ? this.#key() : this.#close(byte, this.#state === STATES.firstKey)
      case STATES.after:
        return this.#close(byte, true)
      case STATES.firstItem:
        return byte === CLOSE_ARRAY ? this.#close(byte, true) : this.#value(byte)
      case STATES.value:
        return this.#value(byte)
    }
  }

  /** The last key or string, decoded. */
  text(): string {
    this.#text ??= this.#decode()
    return this.#text
  }

  /** The last number; an integer that a double cannot hold is a bigint. */
  number(): number | bigint {
    const text = this.raw()
    if (/^-?\d+$/.test(text)) {
      const integer = Number(text)
      return Number.isSafeInteger(integer) ? integer : BigInt(text)
    }
    return Number(text)
  }

  /** The last token as written. */
  raw(): string {
    return this.#bytes.toString('latin1', this.offset, this.end)
  }

  /** After `{`, `[` or a key: passes over the whole value. */
  skip(): void {
    const depth = this.#open.length
    const first = this.next()
    if (first !== '{' && first !== '[') return
    while (this.#open.length > depth) this.next()
  }

  get depth(): number {
    return this.#open.length
  }

  #skip(): number | undefined {
    const bytes = this.#bytes
    let at = this.#at
    let byte = bytes[at]
    while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) byte = bytes[++at]
    this.#at = at
    return byte
  }

  #key(): JsonToken {
    this.#string()
    const key = this.text()
    const level = this.#keys.length - 1
    const seen = this.#keys[level]
    // Most objects in lists have a few keys only: one key needs no set.
    if (seen === undefined) {
      this.duplicate = false
      this.#keys[level] = key
    } else if (typeof seen === 'string') {
      this.duplicate = seen === key
      this.#keys[level] = new Set([seen, key])
    } else {
      this.duplicate = seen.has(key)
      seen.add(key)
    }
    if (this.#skip() !== COLON) throw this.#unexpected()
    this.#at++
    this.#state = STATES.value
    return 'key'
  }

  #value(byte: number | undefined): JsonToken {
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) return this.#openContainer(byte)
    this.#state = this.#open.length > 0 ? STATES.after : STATES.done
    if (byte === QUOTE) {
      this.#string()
      return 'string'
    }
    if (byte === 0x74) return this.#word('true', 'true')
    if (byte === 0x66) return this.#word('false', 'false')
    if (byte === 0x6e) return this.#word('null', 'null')
    return this.#number(byte)
  }

  #openContainer(byte: number): JsonToken {
    if (this.#open.length >= this.#options.depth) {
      throw new FormatError(
        'limit',
        `JSON nested deeper than jsonDepth (${this.#options.depth}); --limit jsonDepth=VALUE raises it`,
        this.#at,
      )
    }
    this.#open.push(byte)
    this.deepest = Math.max(this.deepest, this.#open.length)
    this.end = ++this.#at
    if (byte === OPEN_ARRAY) {
      this.#state = STATES.firstItem
      return '['
    }
    this.#keys.push(undefined)
    this.#state = STATES.firstKey
    return '{'
  }

  #close(byte: number | undefined, allowed: boolean): JsonToken {
    const open = this.#open.at(-1)
    if (!allowed || byte !== (open === OPEN_OBJECT ? CLOSE_OBJECT : CLOSE_ARRAY)) throw this.#unexpected()
    this.#open.pop()
    if (open === OPEN_OBJECT) this.#keys.pop()
    this.end = ++this.#at
    this.#state = this.#open.length > 0 ? STATES.after : STATES.done
    return open === OPEN_OBJECT ? '}' : ']'
  }

  #string(): void {
    const bytes = this.#bytes
    let at = this.#at + 1
    let escaped = false
    this.#text = undefined
    for (let byte = bytes[at]; byte !== QUOTE; byte = bytes[++at]) {
      if (byte === BACKSLASH) {
        escaped = true
        at++
      } else if (byte === undefined) throw new FormatError('truncated', 'JSON ends inside a string', at)
      else if (byte < 0x20) throw new FormatError('corrupt', 'a control character in a JSON string', at)
    }
    this.#at = at + 1
    this.end = this.#at
    this.#escaped = escaped
    // Escapes are checked even where nobody asks for the text.
    if (escaped) this.text()
  }

  #decode(): string {
    const text = this.#bytes.toString('utf8', this.offset + 1, this.end - 1)
    if (!this.#escaped) return text
    const decoded = text.replace(
      /\\(?:u([\da-fA-F]{4})|([\s\S]))/g,
      (_all: string, hex?: string, letter?: string) => {
        if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16))
        const plain = ESCAPES[letter ?? '']
        if (plain === undefined)
          throw new FormatError('corrupt', 'an unknown escape in a JSON string', this.offset)
        return plain
      },
    )
    if (!decoded.isWellFormed()) this.loneSurrogate = true
    return decoded
  }

  #word(word: string, token: JsonToken): JsonToken {
    this.end = this.#at + word.length
    if (this.raw() !== word) throw this.#unexpected()
    this.#at = this.end
    return token
  }

  #number(first: number | undefined): JsonToken {
    let at = this.#at
    for (let byte = first; byte !== undefined && NUMBER_BYTE[byte] === 1; ) byte = this.#bytes[++at]
    this.end = at
    const text = this.raw()
    if (!NUMBER.test(text)) {
      if (this.#options.python) return this.#constant()
      throw this.#unexpected()
    }
    this.#at = at
    return 'number'
  }

  #constant(): JsonToken {
    const word = ['NaN', 'Infinity', '-Infinity'].find((name) =>
      this.#bytes.toString('latin1', this.#at, this.#at + name.length).startsWith(name),
    )
    if (!word) throw this.#unexpected()
    this.#at += word.length
    this.end = this.#at
    return 'number'
  }

  #unexpected(): FormatError {
    return this.#at >= this.#bytes.length
      ? new FormatError('truncated', 'JSON ends early', this.#bytes.length)
      : new FormatError('corrupt', `no JSON at byte ${this.#at}`, this.#at)
  }
}

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
const NUMBER_BYTE = new Uint8Array(256)
for (const character of '+-.0123456789eE') NUMBER_BYTE[character.charCodeAt(0)] = 1

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}

export interface JsonDocument {
  readonly value: Json
  /** Repeated keys, as JSON pointers, 64 at most; `value` has the last one, as most readers do. */
  readonly duplicates: readonly string[]
}

const DUPLICATES_KEPT = 64

/** What a value costs on the heap at least: bounds `[[],[],…]`, which grows twentyfold when it is parsed. */
const BYTES_PER_VALUE = 32

/** Parses a whole document. Objects have no prototype, so `__proto__` is a key like any other. */
export function readJson(
  bytes: Uint8Array,
  limits: Pick<Limits, 'jsonBytes' | 'jsonDepth' | 'memoryBytes'>,
  python = false,
): JsonDocument {
  if (bytes.length > limits.jsonBytes) {
    throw new FormatError(
      'limit',
      `JSON above jsonBytes (${limits.jsonBytes}); --limit jsonBytes=VALUE raises it`,
    )
  }
  const scanner = new JsonScanner(bytes, { depth: limits.jsonDepth, python })
  const duplicates: string[] = []
  let left = limits.memoryBytes / BYTES_PER_VALUE
  const build = (token: JsonToken, pointer: string): Json => {
    if (--left < 0) {
      throw new FormatError('limit', 'JSON with too many values; --limit memoryBytes=VALUE raises it')
    }
    if (token === '{') return object(pointer)
    if (token === '[') return array(pointer)
    if (token === 'string') return scanner.text()
    if (token === 'number') return jsonNumber(scanner)
    return token === 'null' ? null : token === 'true'
  }
  const object = (pointer: string): Json => {
    const result = Object.create(null) as Record<string, Json>
    while (scanner.next() === 'key') {
      const key = scanner.text()
      const place = `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
      if (scanner.duplicate && duplicates.length < DUPLICATES_KEPT) duplicates.push(place)
      result[key] = build(scanner.next(), place)
    }
    return result
  }
  const array = (pointer: string): Json => {
    const result: Json[] = []
    for (let token = scanner.next(); token !== ']'; token = scanner.next()) {
      result.push(build(token, `${pointer}/${result.length}`))
    }
    return result
  }
  const value = build(scanner.next(), '')
  scanner.next()
  return { value, duplicates }
}

/** Integers beyond 2^53 lose digits here; who needs them asks the scanner. */
function jsonNumber(scanner: JsonScanner): Json {
  const raw = scanner.raw()
  const value = Number(raw)
  return Number.isFinite(value) ? value : raw
}

export interface JsonCheck {
  readonly deepest: number
  readonly duplicates: readonly { readonly key: string; readonly offset: number }[]
  /** Why it is no JSON document, and where; undefined where it is one. */
  readonly trouble?: FormatError['kind']
  readonly offset?: number
}

/** Reads a whole document, as leniently as Python, without keeping anything but its repeated keys. */
export function validateJson(bytes: Uint8Array, depth: number): JsonCheck {
  const duplicates: { key: string; offset: number }[] = []
  let deepest = 0
  try {
    const scanner = new JsonScanner(bytes, { depth, python: true })
    for (let token = scanner.next(); token !== 'end'; token = scanner.next()) {
      deepest = scanner.deepest
      if (token === 'key' && scanner.duplicate && duplicates.length < DUPLICATES_KEPT) {
        duplicates.push({ key: scanner.text(), offset: scanner.offset })
      }
    }
    return { deepest, duplicates }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    return { deepest, duplicates, trouble: error.kind, offset: error.offset ?? 0 }
  }
}
