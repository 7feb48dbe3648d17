import { FormatError } from '../../model/trouble.ts'
import type { Fields, Hdf5File } from './file.ts'
import { denseAttributes, denseLinks, symbolTableLinks } from './groups.ts'
import { MESSAGE, type Message, readMessages } from './header.ts'
import * as read from './messages.ts'

/** What the structure of a file says, object by object. Values of datasets are not read. */
export type Observation =
  | {
      readonly what: 'outside'
      readonly how: 'external-link' | 'external-storage' | 'virtual-source'
      readonly target: string
    }
  | { readonly what: 'soft-link'; readonly target: string }
  | { readonly what: 'user-link'; readonly type: number }
  | { readonly what: 'filter'; readonly id: number; readonly name: string }
  | { readonly what: 'huge'; readonly declared: number }
  | { readonly what: 'type'; readonly name: string }
  | { readonly what: 'attribute'; readonly name: string; readonly text: Uint8Array }
  | { readonly what: 'trouble'; readonly error: FormatError }

export type Placed = Observation & { readonly path: string; readonly offset: number }

const MOST_OBJECTS = 1_000_000
/** Attributes whose text somebody wants. */
export type Wanted = (path: string, name: string) => boolean

export class Hdf5Walk {
  readonly #file: Hdf5File
  readonly #wanted: Wanted
  readonly #seen = new Set<number>()
  #open: { address: number; path: string }[] = []
  groups = 0
  datasets = 0

  constructor(file: Hdf5File, wanted: Wanted) {
    this.#file = file
    this.#wanted = wanted
  }

  /** Every object that can be reached by hard links, each once. An object that cannot be read is `trouble`. */
  async *from(root: number): AsyncGenerator<Placed> {
    this.#open.push({ address: root, path: '' })
    for (let next = this.#open.pop(); next; next = this.#open.pop()) {
      const { address, path } = next
      if (this.#seen.has(address)) continue
      this.#seen.add(address)
      if (this.#seen.size > MOST_OBJECTS) throw new FormatError('limit', 'too many HDF5 objects')
      const offset = this.#file.base + address
      try {
        for await (const observation of this.#object(address, path)) yield { ...observation, path, offset }
      } catch (error) {
        if (!(error instanceof FormatError) || error.kind === 'limit') throw error
        yield { what: 'trouble', error, path, offset }
      }
    }
  }

  async *#object(address: number, path: string): AsyncGenerator<Observation> {
    const messages = await readMessages(this.#file, address)
    const of = (type: number) => messages.filter((m) => m.type === type).map((m) => m.data)
    if (messages.some(({ type, shared }) => shared && HIDING.has(type))) {
      throw new FormatError('unsupported', 'HDF5 messages kept in a shared table', this.#file.base + address)
    }
    for (const message of of(MESSAGE.attribute)) yield* this.#attribute(message, path)
    for (const info of of(MESSAGE.attributeInfo)) {
      for await (const message of denseAttributes(this.#file, info)) yield* this.#attribute(message, path)
    }
    for (const message of of(MESSAGE.symbolTable))
      yield* this.#links(symbolTableLinks(this.#file, message), path)
    for (const info of of(MESSAGE.linkInfo)) yield* this.#links(denseLinks(this.#file, info), path)
    yield* this.#links(of(MESSAGE.link).map(read.readLink), path)
    if (messages.some(({ type }) => type === MESSAGE.layout)) {
      this.datasets++
      yield* this.#dataset(messages)
    } else this.groups++
  }

  async *#links(
    links: AsyncIterable<read.Link> | Iterable<read.Link>,
    path: string,
  ): AsyncGenerator<Observation> {
    for await (const link of links) {
      if (link.kind === 'hard') this.#open.push({ address: link.address, path: `${path}/${link.name}` })
      else if (link.kind === 'soft') yield { what: 'soft-link', target: link.target }
      else if (link.kind === 'external') yield { what: 'outside', how: 'external-link', target: link.file }
      else yield { what: 'user-link', type: link.type }
    }
  }

  async *#attribute(message: Fields, path: string): AsyncGenerator<Observation> {
    const attribute = read.readAttribute(message)
    if (!this.#wanted(path, attribute.name)) return
    const text = await read.attributeText(this.#file, attribute)
    if (text) yield { what: 'attribute', name: attribute.name, text }
  }

  async *#dataset(messages: readonly Message[]): AsyncGenerator<Observation> {
    const file = this.#file
    const own = (type: number) => messages.find((m) => m.type === type && !m.shared)?.data
    const external = own(MESSAGE.externalFiles)
    if (external) {
      for (const target of await read.readExternalFiles(file, external)) {
        yield { what: 'outside', how: 'external-storage', target }
      }
    }
    const filters = own(MESSAGE.filters)
    if (filters) for (const filter of read.readFilters(filters)) yield { what: 'filter', ...filter }
    const datatype = own(MESSAGE.datatype)
    const type = datatype && read.readDatatype(datatype)
    if (type && UNUSUAL.has(type.name) && !type.isText) yield { what: 'type', name: type.name }
    const dataspace = own(MESSAGE.dataspace)
    const elements = dataspace ? read.readDataspace(dataspace).reduce((product, n) => product * n, 1) : 0
    const declared = elements * (type?.size ?? 1)
    if (declared > LARGE && declared > RATIO * file.size) yield { what: 'huge', declared }
    const layout = own(MESSAGE.layout)
    const storage = layout && read.readLayout(layout)
    if (storage?.kind === 'virtual' && storage.heap !== undefined) {
      const target = await read.readVirtualSource(file, storage.heap, storage.index)
      if (target !== '.' && target !== '') yield { what: 'outside', how: 'virtual-source', target }
    }
  }
}

/** Messages that say where things are; kept elsewhere, they would hide it. */
const HIDING = new Set<number>([
  MESSAGE.link,
  MESSAGE.linkInfo,
  MESSAGE.externalFiles,
  MESSAGE.layout,
  MESSAGE.symbolTable,
])
/** Kinds of values that no framework stores weights in. */
const UNUSUAL = new Set(['opaque', 'compound', 'reference', 'variable', 'time', 'unknown'])
/** Keras refuses more than a thousand times what is stored; small files of zeros are honest. */
const RATIO = 1000
const LARGE = 4 * 1024 ** 3
