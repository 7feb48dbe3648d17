import { FormatError } from '../model/trouble.ts'

/** A field of a message in protobuf's text form: a scalar as it is written (texts unquoted), or a message. */
export interface TextField {
  readonly name: string
  readonly at: number
  readonly value: string | readonly TextField[]
}

const DEPTH = 100
const TOKENS = 2_000_000
const TOKEN =
  /(?:[\s,;]|#[^\n]*)*(?:(?<text>"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*')|(?<word>[\w.+/@-]+)|(?<mark>[{}<>[\]:]))/y

/** Protobuf's text format, without a schema. Throws `FormatError` at the first thing that is no field. */
export function readTextProto(source: string): readonly TextField[] {
  const tokens = new Tokens(source)
  const fields = message(tokens, undefined, 0)
  return fields
}

function message(tokens: Tokens, close: string | undefined, depth: number): TextField[] {
  if (depth > DEPTH) throw new FormatError('limit', `messages nested deeper than ${DEPTH}`, tokens.at)
  const fields: TextField[] = []
  for (let token = tokens.next(); token !== undefined; token = tokens.next()) {
    if (token.kind === 'mark' && token.text === close) return fields
    if (token.kind === 'mark' && token.text === '[') token.text = tokens.until(']')
    else if (token.kind !== 'word') throw new FormatError('corrupt', 'no field name', tokens.at)
    const { text: name, at } = token
    let value = tokens.next()
    if (value?.text === ':' && value.kind === 'mark') value = tokens.next()
    if (!value) throw new FormatError('truncated', 'a field without a value', at)
    const list = value.kind === 'mark' && value.text === '['
    if (list) value = tokens.next()
    for (;;) {
      if (!value) throw new FormatError('truncated', 'a list without an end', at)
      if (list && value.kind === 'mark' && value.text === ']') break
      fields.push({ name, at, value: one(tokens, value, depth) })
      if (!list) break
      value = tokens.next()
    }
  }
  if (close !== undefined) throw new FormatError('truncated', 'a message without an end', tokens.at)
  return fields
}

function one(tokens: Tokens, token: Token, depth: number): string | readonly TextField[] {
  if (token.kind === 'mark') {
    if (token.text === '{' || token.text === '<')
      return message(tokens, token.text === '{' ? '}' : '>', depth + 1)
    throw new FormatError('corrupt', 'no value', token.at)
  }
  let text = token.text
  // Adjacent texts are one.
  if (token.kind === 'text') while (tokens.peek()?.kind === 'text') text += tokens.next()?.text ?? ''
  return text
}

interface Token {
  readonly kind: 'text' | 'word' | 'mark'
  text: string
  readonly at: number
}

class Tokens {
  readonly #source: string
  readonly #pattern = new RegExp(TOKEN)
  #held: Token | undefined
  #count = 0

  constructor(source: string) {
    this.#source = source
  }

  get at(): number {
    return this.#pattern.lastIndex
  }

  peek(): Token | undefined {
    this.#held ??= this.#read()
    return this.#held
  }

  next(): Token | undefined {
    const token = this.peek()
    this.#held = undefined
    return token
  }

  /** The text up to a closing mark, for names of extensions. */
  until(close: string): string {
    let text = ''
    for (let token = this.next(); token !== undefined; token = this.next()) {
      if (token.text === close) return text
      text += token.text
    }
    throw new FormatError('truncated', 'a name without an end', this.at)
  }

  #read(): Token | undefined {
    if (++this.#count > TOKENS) throw new FormatError('limit', `more than ${TOKENS} tokens`, this.at)
    const start = this.#pattern.lastIndex
    const { text, word, mark } = this.#pattern.exec(this.#source)?.groups ?? {}
    if (text !== undefined) return { kind: 'text', text: unquoted(text), at: start }
    if (word !== undefined) return { kind: 'word', text: word, at: start }
    if (mark !== undefined) return { kind: 'mark', text: mark, at: start }
    // A pattern that does not match starts again at the front.
    this.#pattern.lastIndex = this.#source.length
    const rest = this.#source.slice(start).replace(/^(?:[\s,;]|#[^\n]*)*/, '')
    if (rest === '') return undefined
    throw new FormatError('corrupt', 'no text of protobuf', start)
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
}

function unquoted(text: string): string {
  return text
    .slice(1, -1)
    .replace(
      /\\(?:x([\da-fA-F]{1,2})|([0-7]{1,3})|([\s\S]))/g,
      (_, hex?: string, octal?: string, other = '') =>
        hex
          ? String.fromCharCode(Number.parseInt(hex, 16))
          : octal
            ? String.fromCharCode(Number.parseInt(octal, 8) & 255)
            : (ESCAPES[other] ?? other),
    )
}
