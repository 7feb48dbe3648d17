import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'
import type { Json, JsonObject } from '../model/fact.ts'
import { UsageError } from '../model/trouble.ts'

/**
 * The user's own YAML: rules, lists, policies. Plain YAML 1.2 data with every position kept, so that any mistake is one
 * line that names `file:line:column` and the way out. Anchors, aliases, tags and merge keys are refused: nothing
 * expands, nothing is constructed. (YAML found inside artifacts is hostile bytes and is not read here.)
 */

/** The largest shipped list is under 1 MiB; this only keeps a mistaken path from filling memory. */
export const SETTINGS_BYTES = 8 * 1024 * 1024

/** Deep enough for any rule; the YAML parser recurses once per level. */
const DEPTH = 64

export function parseSettings(text: string, file: string): Setting {
  if (Buffer.byteLength(text) > SETTINGS_BYTES) {
    throw new UsageError(`${file}: larger than ${SETTINGS_BYTES} bytes; split it into several files`)
  }
  const lines = new LineCounter()
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset)
    return `${file}:${Math.max(line, 1)}:${Math.max(col, 1)}`
  }
  const document = compose(text, file, lines)
  const trouble = [...document.errors, ...document.warnings].sort((a, b) => a.pos[0] - b.pos[0])[0]
  if (trouble) throw new UsageError(`${at(trouble.pos[0])}: ${plain(trouble.message)}`)
  if (!isNode(document.contents)) throw new UsageError(`${at(0)}: the file is empty; see the schemas/ folder`)
  refuseReferences(document.contents, at, 0)
  return new Setting(document.contents, at, '')
}

function compose(text: string, file: string, lines: LineCounter): ReturnType<typeof parseDocument> {
  try {
    // Duplicate keys are found by Setting.entries(): the library's own test is quadratic.
    return parseDocument(text, { lineCounter: lines, uniqueKeys: false, prettyErrors: false, schema: 'core' })
  } catch (error) {
    // The parser recurses; a file nested a thousand levels deep exhausts the stack.
    if (error instanceof RangeError) throw new UsageError(`${file}: nested too deeply`)
    throw error
  }
}

function refuseReferences(node: unknown, at: (offset: number) => string, depth: number): void {
  if (!isNode(node)) return
  const refuse = (why: string): never => {
    throw new UsageError(`${at(node.range?.[0] ?? 0)}: ${plain(why)}`)
  }
  if (depth > DEPTH) refuse(`nested more than ${DEPTH} levels deep; flatten it`)
  if (isAlias(node)) refuse(`alias *${node.source}: write the value out instead`)
  else if (node.anchor) refuse(`anchor &${node.anchor}: anchors are not used here; remove it`)
  if (node.tag) refuse(`tag ${node.tag}: tags are not used here; remove it`)
  if (isSeq(node)) for (const item of node.items) refuseReferences(item, at, depth + 1)
  if (isMap(node)) {
    for (const pair of node.items) {
      refuseReferences(pair.key, at, depth + 1)
      refuseReferences(pair.value, at, depth + 1)
    }
  }
}

/** A library message as one line, without what could draw on a terminal. */
function plain(message: string): string {
  return message.replace(/[\p{Cc}\p{Cf}]+/gu, ' ').slice(0, 300)
}

type Keys<K extends string> = { readonly [key in K]?: 'required' | 'optional' }

/** One value of a settings file: read it by the type it must have, or fail at its place. */
export class Setting {
  readonly #node: Node
  readonly #at: (offset: number) => string
  /** How messages call it: `when.where.callable`. */
  readonly name: string

  constructor(node: Node, at: (offset: number) => string, name: string) {
    this.#node = node
    this.#at = at
    this.name = name
  }

  /** Ends the reading with one line: where, what is wrong, the way out. */
  fail(message: string): never {
    throw new UsageError(`${this.place}: ${plain(this.name ? `${this.name}: ${message}` : message)}`)
  }

  /** `file:line:column` of its first character. */
  get place(): string {
    return this.#at(this.#node.range?.[0] ?? 0)
  }

  get type(): 'mapping' | 'list' | 'string' | 'number' | 'boolean' | 'null' {
    if (isMap(this.#node)) return 'mapping'
    if (isSeq(this.#node)) return 'list'
    const value = isScalar(this.#node) ? this.#node.value : null
    if (typeof value === 'string') return 'string'
    if (typeof value === 'number') return 'number'
    if (typeof value === 'boolean') return 'boolean'
    return 'null'
  }

  /** A mapping with any keys. */
  entries(): [string, Setting][] {
    if (!isMap(this.#node)) return this.fail(`must be a mapping, is a ${this.type}`)
    const seen = new Set<string>()
    return this.#node.items.map((pair) => {
      const key = isScalar(pair.key) ? pair.key.value : undefined
      const place = isNode(pair.key) ? pair.key : this.#node
      const named = new Setting(place, this.#at, this.name)
      if (typeof key !== 'string') return named.fail('keys must be strings; quote it')
      if (seen.has(key)) return named.fail(`the key '${key}' stands here twice; remove one`)
      seen.add(key)
      const value = isNode(pair.value) ? pair.value : place
      if (value === place) return named.fail(`'${key}' has no value`)
      return [key, new Setting(value, this.#at, this.name ? `${this.name}.${key}` : key)]
    })
  }

  /** A mapping with these keys and no others. */
  object<K extends string>(keys: Keys<K>): { readonly [key in K]?: Setting } {
    const allowed = Object.keys(keys)
    const found: { [key in K]?: Setting } = {}
    for (const [key, value] of this.entries()) {
      if (!isKey(keys, key)) value.#unknown(key, allowed)
      else found[key] = value
    }
    for (const key of allowed) {
      if (isKey(keys, key) && keys[key] === 'required' && !found[key])
        this.fail(`'${key}' is missing; add it`)
    }
    return found
  }

  #unknown(key: string, allowed: readonly string[]): never {
    return this.fail(`unknown key '${key}'; known here: ${allowed.join(', ')}`)
  }

  /** The value at the end of a way of keys and indices, or the last one on it that exists: where a message points. */
  find(way: readonly (string | number)[]): Setting {
    const [step, ...rest] = way
    if (step === undefined) return this
    if (typeof step === 'number') return isSeq(this.#node) ? (this.list()[step]?.find(rest) ?? this) : this
    const value = isMap(this.#node) ? this.entries().find(([key]) => key === step)?.[1] : undefined
    return value?.find(rest) ?? this
  }

  list(): Setting[] {
    if (!isSeq(this.#node)) return this.fail(`must be a list, is a ${this.type}`)
    return this.#node.items.map((item, i) => {
      if (!isNode(item)) return this.fail(`item ${i + 1} is empty`)
      return new Setting(item, this.#at, `${this.name}[${i}]`)
    })
  }

  /** A list of at least one value. */
  filledList(): Setting[] {
    const items = this.list()
    return items.length > 0 ? items : this.fail('must not be empty')
  }

  string(): string {
    const value = isScalar(this.#node) ? this.#node.value : undefined
    if (typeof value !== 'string')
      return this.fail(`must be a string, is a ${this.type}; quote it if it is text`)
    return value.trim() === '' ? this.fail('must not be empty') : value
  }

  boolean(): boolean {
    const value = isScalar(this.#node) ? this.#node.value : undefined
    return typeof value === 'boolean' ? value : this.fail(`must be true or false, is a ${this.type}`)
  }

  number(): number {
    const value = isScalar(this.#node) ? this.#node.value : undefined
    return typeof value === 'number' && Number.isFinite(value)
      ? value
      : this.fail(`must be a number, is a ${this.type}`)
  }

  wholeNumber(): number {
    const value = this.number()
    return Number.isSafeInteger(value) && value >= 0 ? value : this.fail('must be a whole number, 0 or more')
  }

  strings(): string[] {
    return this.list().map((item) => item.string())
  }

  oneOf<T extends string>(values: readonly T[]): T {
    const text = this.string()
    return values.find((value) => value === text) ?? this.fail(`'${text}' is none of ${values.join(', ')}`)
  }

  matching(pattern: RegExp, wanted: string): string {
    const text = this.string()
    return pattern.test(text) ? text : this.fail(`'${text}' is not ${wanted}`)
  }

  /** Any value as JSON, duplicate keys refused at every level. */
  json(): Json {
    if (isSeq(this.#node)) return this.list().map((item) => item.json())
    if (isMap(this.#node)) return this.jsonObject()
    const value = isScalar(this.#node) ? this.#node.value : null
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
    return this.number()
  }

  jsonObject(): JsonObject {
    return Object.fromEntries(this.entries().map(([key, value]) => [key, value.json()]))
  }
}

function isKey<K extends string>(keys: Keys<K>, key: string): key is K {
  return Object.hasOwn(keys, key)
}
