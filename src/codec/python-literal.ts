import { FormatError } from '../model/trouble.ts'

/** What Python's `ast.literal_eval` gives for the subset that array headers use. Lists are arrays, dicts are maps. */
export type Literal =
  | null
  | boolean
  | number
  | bigint
  | string
  | Tuple
  | readonly Literal[]
  | ReadonlyMap<string, Literal>

export interface Tuple {
  readonly tuple: readonly Literal[]
}

export function isTuple(value: Literal | undefined): value is Tuple {
  return typeof value === 'object' && value !== null && 'tuple' in value
}

export function isMap(value: Literal | undefined): value is ReadonlyMap<string, Literal> {
  return value instanceof Map
}

/** CPython's own parser refuses more than 200 nested brackets; array headers nest under 10. */
const DEPTH = 128

/**
 * Parses one literal and nothing after it but white space: strings, numbers (with Python 2's `L`), `True False None`,
 * tuples, lists and dicts with string keys. Throws `FormatError('corrupt')` for anything else, a call above all.
 * A repeated key takes the last value, as Python does; its name is pushed to `duplicates`.
 */
export function parseLiteral(text: string, duplicates: string[] = []): Literal {
  const parser = new Parser(text, duplicates)
  const value = parser.value(0)
  parser.end()
  return value
}

const SPACE = /(?:[ \t\r\n\f]|#[^\n]*)*/y
const INTEGER = /[+-]?(?:0[xX][\da-fA-F]+|0[oO]?[0-7]+|0[bB][01]+|\d+)[lL]?(?![\w.])/y
const FLOAT = /[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.])/y
const WORD = /(?:True|False|None)(?!\w)/y
const STRING = /[uUbB]?(?:'([^'\\\n]*(?:\\[\s\S][^'\\\n]*)*)'|"([^"\\\n]*(?:\\[\s\S][^"\\\n]*)*)")/y

class Parser {
  readonly #text: string
  readonly #duplicates: string[]
  #at = 0

  constructor(text: string, duplicates: string[]) {
    this.#text = text
    this.#duplicates = duplicates
  }

  value(depth: number): Literal {
    if (depth > DEPTH) throw this.#broken(`literal nested deeper than ${DEPTH}`)
    this.#match(SPACE)
    const next = this.#text[this.#at]
    if (next === '(') return this.#tuple(depth)
    if (next === '[') return this.#items(']', depth).items
    if (next === '{') return this.#dict(depth)
    const string = this.#string()
    if (string !== undefined) return string
    const word = this.#match(WORD)?.[0]
    return word === undefined ? this.#number() : word === 'None' ? null : word === 'True'
  }

  end(): void {
    this.#match(SPACE)
    if (this.#at < this.#text.length) throw this.#broken('text after the literal')
  }

  #tuple(depth: number): Literal {
    const { items, comma } = this.#items(')', depth)
    // `(x)` is x in brackets; `(x,)` is a tuple of one.
    return items.length === 1 && !comma ? (items[0] ?? null) : { tuple: items }
  }

  #items(close: string, depth: number): { items: Literal[]; comma: boolean } {
    this.#at++
    const items: Literal[] = []
    let comma = false
    while (!this.#take(close)) {
      if (items.length > 0 && !comma) throw this.#broken('comma expected')
      items.push(this.value(depth + 1))
      comma = this.#take(',')
    }
    return { items, comma }
  }

  #dict(depth: number): ReadonlyMap<string, Literal> {
    this.#at++
    const map = new Map<string, Literal>()
    let comma = true
    while (!this.#take('}')) {
      if (!comma) throw this.#broken('comma expected')
      const key = this.value(depth + 1)
      if (typeof key !== 'string') throw this.#broken('a key that is no string')
      if (!this.#take(':')) throw this.#broken('colon expected')
      if (map.has(key)) this.#duplicates.push(key)
      map.set(key, this.value(depth + 1))
      comma = this.#take(',')
    }
    return map
  }

  #string(): string | undefined {
    let whole: string | undefined
    // Adjacent strings are one.
    for (let part = this.#match(STRING); part; part = this.#match(STRING)) {
      whole = (whole ?? '') + unescapeBody(part[1] ?? part[2] ?? '')
      this.#match(SPACE)
    }
    return whole
  }

  #number(): number | bigint {
    const integer = this.#match(INTEGER)?.[0]
    if (integer !== undefined) return toInteger(integer.replace(/[lL]$/, ''))
    const float = this.#match(FLOAT)?.[0]
    if (float === undefined) throw this.#broken('no literal')
    return Number(float)
  }

  #take(character: string): boolean {
    this.#match(SPACE)
    if (this.#text[this.#at] !== character) {
      if (this.#at >= this.#text.length) throw this.#broken('the literal ends early')
      return false
    }
    this.#at++
    return true
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at
    const match = pattern.exec(this.#text)
    if (match) this.#at = pattern.lastIndex
    return match
  }

  #broken(message: string): FormatError {
    return new FormatError('corrupt', `${message} (character ${this.#at})`)
  }
}

function toInteger(text: string): number | bigint {
  const negative = text.startsWith('-')
  const digits = text.replace(/^[+-]/, '').replace(/^0(?=[0-7]+$)/, '0o')
  const value = negative ? -BigInt(digits) : BigInt(digits)
  const small = Number(value)
  return Number.isSafeInteger(small) ? small : value
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  '\n': '',
}

function unescapeBody(body: string): string {
  if (!body.includes('\\')) return body
  return body.replace(
    /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{1,3})|([\s\S]))/g,
    (all, x?: string, u?: string, wide?: string, octal?: string, other?: string) => {
      const hex = x ?? u ?? wide
      if (hex !== undefined) return codePoint(Number.parseInt(hex, 16))
      if (octal !== undefined) return codePoint(Number.parseInt(octal, 8))
      if (other === '\\' || other === "'" || other === '"') return other
      return other === undefined ? all : (ESCAPES[other] ?? all)
    },
  )
}

function codePoint(value: number): string {
  if (value > 0x10ffff) throw new FormatError('corrupt', 'an escape beyond Unicode')
  return String.fromCodePoint(value)
}
