/**
 * What a field holds. `ints` are varints, packed or not; `numbers` are values, packed or not, that nobody asks for;
 * `data` is bulk bytes, never read; `text` is read and kept. Otherwise a message.
 */
export type FieldKind = 'int' | 'ints' | 'fixed' | 'numbers' | 'text' | 'texts' | 'data' | MessageField

export interface MessageField {
  readonly message: () => MessageSpec
  /** A field that may occur once: protobuf readers merge further occurrences into the first. */
  readonly once?: boolean
  /** Keep the decoded message in its parent; else it is only handed out. */
  readonly keep?: boolean
}

/** A message type: the part of a `.proto` file that an inspector needs, numbers as published. */
export interface MessageSpec {
  readonly name: string
  readonly fields: Readonly<Record<number, readonly [name: string, kind: FieldKind]>>
  /** Hand out each message of this type when it is complete. */
  readonly visit?: boolean
}

export interface Range {
  readonly offset: number
  readonly length: number
}

/** Values kept of one field of one message. */
export const KEPT = 4096

/** A decoded message: scalars, texts and small parts; bulk data by its place. */
export class Message {
  readonly spec: MessageSpec
  readonly parent: Message | undefined
  readonly offset: number
  readonly end: number
  readonly #values = new Map<string, unknown[]>()
  readonly #counts = new Map<string, number>()

  constructor(spec: MessageSpec, parent: Message | undefined, offset: number, end: number) {
    this.spec = spec
    this.parent = parent
    this.offset = offset
    this.end = end
  }

  get name(): string {
    return this.spec.name
  }

  add(name: string, value: unknown): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
    if (value === undefined) return
    const held = this.#values.get(name)
    if (held === undefined) this.#values.set(name, [value])
    else if (held.length < KEPT) held.push(value)
  }

  /** How often the field occurred, kept or not. */
  count(name: string): number {
    return this.#counts.get(name) ?? 0
  }

  /** The text of a field that holds one; of several the last, as readers take it. */
  text(name: string): string {
    const value = this.#values.get(name)?.at(-1)
    return typeof value === 'string' ? value : ''
  }

  texts(name: string): string[] {
    return (this.#values.get(name) ?? []).filter((v) => typeof v === 'string')
  }

  int(name: string): bigint | undefined {
    const value = this.#values.get(name)?.at(-1)
    return typeof value === 'bigint' ? value : undefined
  }

  ints(name: string): bigint[] {
    return (this.#values.get(name) ?? []).filter((v) => typeof v === 'bigint')
  }

  messages(name: string): Message[] {
    return (this.#values.get(name) ?? []).filter((v) => v instanceof Message)
  }

  /** Where the bytes of `data` fields lie. */
  ranges(name: string): Range[] {
    return (this.#values.get(name) ?? []).filter(isRange)
  }

  /** The nearest message around this one of that type. */
  within(name: string): Message | undefined {
    for (let m = this.parent; m !== undefined; m = m.parent) if (m.name === name) return m
    return undefined
  }
}

function isRange(value: unknown): value is Range {
  return typeof value === 'object' && value !== null && 'offset' in value && 'length' in value
}
