import type { ByteSource } from '../bytes/source.ts'
import { FormatError } from '../model/trouble.ts'
import { Window } from './window.ts'

/** What an inspector learns of a serialised R value: every item, in order, with the symbols of calls. */
export type RItem =
  | {
      readonly type: 'promise' | 'closure' | 'call' | 'bytecode' | 'pointer' | 'environment'
      readonly offset: number
    }
  | { readonly type: 'symbol'; readonly name: string; readonly head: boolean; readonly offset: number }
  | { readonly type: 'altrep'; readonly name: string; readonly offset: number }

const ITEMS = 50_000_000
const DEPTH = 100_000
const TEXT = 64 * 1024

/** SEXP types by number, as R's serialize.c writes them; the others are handled by range. */
const T = {
  sym: 1,
  list: 2,
  closure: 3,
  env: 4,
  promise: 5,
  lang: 6,
  special: 7,
  builtin: 8,
  char: 9,
  lgl: 10,
  int: 13,
  real: 14,
  cplx: 15,
  str: 16,
  dot: 17,
  vec: 19,
  expr: 20,
  bcode: 21,
  extptr: 22,
  weakref: 23,
  raw: 24,
  s4: 25,
  altrep: 238,
  attrlist: 239,
  attrlang: 240,
  bcrepref: 243,
  bcrepdef: 244,
  persist: 247,
  package: 248,
  namespace: 249,
  ref: 255,
} as const
/** Values without anything behind their flags: NULL, base and empty environments, missing argument and so on. */
const BARE = new Set([0, 241, 242, 250, 251, 252, 253, 254])

/** Tasks left to do, on a stack of our own: R nests lists in lists, one for every element. */
type Task =
  | 'item'
  | 'head'
  /** Bytecode: the code as a vector, then constants, in which calls are written in a way of their own. */
  | 'code'
  | 'constants'
  | 'lang'
  | 'lang-head'
  | { readonly items: number }
  | { readonly constants: number }

/**
 * Walks a value that R serialised in its XDR form (version 2 or 3). Vectors are stepped over, references are resolved
 * for symbols only. Yields what could run, never the data.
 */
export class RReader {
  readonly #window: Window
  readonly #size: number
  readonly #symbols: (string | undefined)[] = []
  at: number

  constructor(source: ByteSource, offset: number) {
    this.#window = new Window(source)
    this.#size = source.size
    this.at = offset
  }

  async *items(): AsyncGenerator<RItem> {
    await this.#header()
    const tasks: Task[] = ['item']
    let count = 0
    for (let task = tasks.pop(); task !== undefined; task = tasks.pop()) {
      if (++count > ITEMS || tasks.length > DEPTH)
        throw new FormatError('limit', 'too many R objects in one another', this.at)
      if (typeof task === 'object' && 'items' in task) {
        if (task.items > 1) tasks.push({ items: task.items - 1 })
        if (task.items > 0) tasks.push('item')
      } else if (task === 'item' || task === 'head') yield* this.#item(tasks, task === 'head')
      else yield* this.#compiled(tasks, task)
    }
  }

  async *#compiled(tasks: Task[], task: Exclude<Task, { readonly items: number }>): AsyncGenerator<RItem> {
    if (task === 'code') tasks.push('constants', 'item')
    else if (task === 'constants') tasks.push({ constants: await this.#int() })
    else if (typeof task === 'object') {
      if (task.constants <= 0) return
      tasks.push({ constants: task.constants - 1 })
      const type = await this.#int()
      if (type === T.bcode) tasks.push('code')
      else yield* this.#language(tasks, type, false)
    } else yield* this.#language(tasks, await this.#int(), task === 'lang-head')
  }

  /** A call among the constants of bytecode; parts that occur again are numbered. */
  async *#language(tasks: Task[], first: number, head: boolean): AsyncGenerator<RItem> {
    if (first === T.bcrepref) {
      await this.#int()
      return
    }
    let type = first
    if (first === T.bcrepdef) {
      await this.#int()
      type = await this.#int()
    }
    const isCall = type === T.lang || type === T.attrlang
    if (!isCall && type !== T.list && type !== T.attrlist) {
      tasks.push(head ? 'head' : 'item')
      return
    }
    if (isCall) yield { type: 'call', offset: this.at }
    tasks.push('lang', isCall ? 'lang-head' : 'lang', 'item')
    if (type === T.attrlang || type === T.attrlist) tasks.push('item')
  }

  async #header(): Promise<void> {
    const mark = await this.#bytes(2)
    if (mark[0] !== 0x58 || mark[1] !== 0x0a) {
      throw new FormatError('unsupported', 'R data that is not in the XDR form', this.at - 2)
    }
    const version = await this.#int()
    if (version !== 2 && version !== 3)
      throw new FormatError('corrupt', `version ${version} of R's format`, this.at - 4)
    await this.#int()
    await this.#int()
    if (version === 3) await this.#skip(await this.#int())
  }

  async *#item(tasks: Task[], head: boolean): AsyncGenerator<RItem> {
    const offset = this.at
    const flags = await this.#int()
    const type = flags & 0xff
    const [attributes, tag] = [(flags & 0x200) !== 0, (flags & 0x400) !== 0]
    if (BARE.has(type)) return
    if (type === T.sym) yield* this.#symbol(offset, head)
    else if (type === T.ref) yield* this.#reference(flags >>> 8, offset, head)
    else if (type === T.env) {
      yield { type: 'environment', offset }
      await this.#int()
      this.#symbols.push(undefined)
      tasks.push({ items: 4 })
    } else if (PAIRS.has(type)) yield* this.#pair(tasks, type, attributes, tag, offset)
    else if (type === T.bcode) {
      yield { type: 'bytecode', offset }
      await this.#int()
      tasks.push('code')
    } else if (type === T.altrep) {
      yield* this.#altrep(offset, tasks)
    } else await this.#vector(tasks, type, attributes, offset)
    if (type === T.extptr) yield { type: 'pointer', offset }
  }

  async *#pair(
    tasks: Task[],
    type: number,
    attributes: boolean,
    tag: boolean,
    offset: number,
  ): AsyncGenerator<RItem> {
    const hasAttributes = attributes || type === T.attrlang || type === T.attrlist
    const isCall = type === T.lang || type === T.attrlang
    if (type === T.promise) yield { type: 'promise', offset }
    else if (type === T.closure) yield { type: 'closure', offset }
    else if (isCall) yield { type: 'call', offset }
    // On a stack the last comes first: attributes, tag, head, tail.
    tasks.push('item', isCall ? 'head' : 'item')
    if (tag) tasks.push('item')
    if (hasAttributes) tasks.push('item')
  }

  async *#symbol(offset: number, head: boolean): AsyncGenerator<RItem> {
    const flags = await this.#int()
    if ((flags & 0xff) !== T.char) throw new FormatError('corrupt', 'a symbol of R without a name', offset)
    const name = await this.#text(await this.#int())
    this.#symbols.push(name)
    yield { type: 'symbol', name, head, offset }
  }

  async *#reference(packed: number, offset: number, head: boolean): AsyncGenerator<RItem> {
    const index = packed === 0 ? await this.#int() : packed
    if (index < 1 || index > this.#symbols.length)
      throw new FormatError('corrupt', 'a reference to nothing', offset)
    const name = this.#symbols[index - 1]
    if (name !== undefined) yield { type: 'symbol', name, head, offset }
  }

  async *#altrep(offset: number, tasks: Task[]): AsyncGenerator<RItem> {
    yield { type: 'altrep', name: '', offset }
    tasks.push({ items: 3 })
  }

  /** Vectors by the size of their elements; lists by their items. */
  async #vector(tasks: Task[], type: number, attributes: boolean, offset: number): Promise<void> {
    if (attributes) tasks.push('item')
    const width = WIDTHS[type]
    if (width !== undefined) await this.#skip((await this.#length()) * width)
    else if (type === T.char) {
      const length = await this.#int()
      if (length !== -1) await this.#skip(length)
    } else if (type === T.str || type === T.vec || type === T.expr)
      tasks.push({ items: await this.#length() })
    else if (type === T.special || type === T.builtin) await this.#skip(await this.#int())
    else if (type === T.extptr) {
      this.#symbols.push(undefined)
      tasks.push({ items: 2 })
    } else if (type === T.weakref) this.#symbols.push(undefined)
    else if (type === T.persist || type === T.package || type === T.namespace) {
      await this.#int()
      const count = await this.#int()
      this.#symbols.push(undefined)
      tasks.push({ items: Math.max(0, count) })
    } else if (type !== T.s4)
      throw new FormatError('corrupt', `an R object of the unknown type ${type}`, offset)
  }

  async #length(): Promise<number> {
    const short = await this.#int()
    if (short !== -1) {
      if (short < 0) throw new FormatError('corrupt', 'a vector of negative length', this.at - 4)
      return short
    }
    const [high, low] = [await this.#int(), await this.#int()]
    return (high >>> 0) * 2 ** 32 + (low >>> 0)
  }

  async #skip(count: number): Promise<void> {
    if (count < 0 || this.at + count > this.#size)
      throw new FormatError('truncated', 'an R object ends beyond the file', this.at)
    this.at += count
  }

  async #text(length: number): Promise<string> {
    if (length === -1) return 'NA'
    if (length < 0 || this.at + length > this.#size)
      throw new FormatError('truncated', 'a text of R ends beyond the file', this.at)
    const text = Buffer.from(await this.#window.at(this.at, Math.min(length, TEXT))).toString('utf8')
    this.at += length
    return text
  }

  async #bytes(count: number): Promise<Uint8Array> {
    const bytes = this.#window.held(this.at, count) ?? (await this.#window.at(this.at, count))
    if (bytes.length < count) throw new FormatError('truncated', 'R data ends early', this.at)
    this.at += count
    return bytes
  }

  async #int(): Promise<number> {
    const bytes = await this.#bytes(4)
    return new DataView(bytes.buffer, bytes.byteOffset, 4).getInt32(0, false)
  }
}

const PAIRS = new Set<number>([T.list, T.closure, T.promise, T.lang, T.dot, T.attrlang, T.attrlist])
const WIDTHS: Readonly<Record<number, number>> = {
  [T.lgl]: 4,
  [T.int]: 4,
  [T.real]: 8,
  [T.cplx]: 16,
  [T.raw]: 1,
}
