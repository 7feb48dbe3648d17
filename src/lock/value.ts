import type { Json, JsonObject } from '../model/fact.ts'
import { UsageError } from '../model/trouble.ts'

/** One value of the lock, read by the type it must have. */
export class Value {
  readonly #json: Json | undefined
  readonly #file: string
  readonly #way: string

  constructor(json: Json | undefined, file: string, way: string) {
    this.#json = json
    this.#file = file
    this.#way = way
  }

  fail(message: string): never {
    throw new UsageError(`${this.#file}: ${this.#way || 'the lock'}: ${message}`)
  }

  object(): JsonObject {
    const json = this.#json
    if (json === null || typeof json !== 'object' || Array.isArray(json))
      return this.fail('must be an object')
    return json as JsonObject
  }

  only(keys: readonly string[]): void {
    const unknown = Object.keys(this.object()).find((key) => !keys.includes(key))
    if (unknown !== undefined) this.fail(`unknown key '${unknown}'; known here: ${keys.join(', ')}`)
  }

  key(name: string): Value {
    return this.optional(name) ?? this.fail(`'${name}' is missing`)
  }

  optional(name: string): Value | undefined {
    const found = this.object()[name]
    return found === undefined ? undefined : new Value(found, this.#file, `${this.#way}/${name}`)
  }

  entries(): [string, Value][] {
    return Object.entries(this.object()).map(([key, json]) => [
      key,
      new Value(json, this.#file, `${this.#way}/${key}`),
    ])
  }

  list(): Value[] {
    if (!Array.isArray(this.#json)) return this.fail('must be a list')
    return this.#json.map((json: Json, i) => new Value(json, this.#file, `${this.#way}/${i}`))
  }

  strings(): string[] {
    return this.list().map((item) => item.string())
  }

  /** A string, empty or not. */
  text(): string {
    return typeof this.#json === 'string' ? this.#json : this.fail('must be a string')
  }

  string(): string {
    return typeof this.#json === 'string' && this.#json !== ''
      ? this.#json
      : this.fail('must be a string with something in it')
  }

  matching(pattern: RegExp, wanted: string): string {
    return pattern.test(this.string()) ? this.string() : this.fail(`must be ${wanted}`)
  }

  oneOf<T extends string>(values: readonly T[]): T {
    return values.find((v) => v === this.#json) ?? this.fail(`must be one of ${values.join(', ')}`)
  }

  boolean(): boolean {
    return typeof this.#json === 'boolean' ? this.#json : this.fail('must be true or false')
  }

  number(): number {
    return typeof this.#json === 'number' ? this.#json : this.fail('must be a number')
  }

  size(): number {
    const size = this.number()
    return Number.isSafeInteger(size) && size >= 0 ? size : this.fail('must be a whole number of bytes')
  }
}
