import type { ByteSource } from '../../bytes/source.ts'
import { FormatError } from '../../model/trouble.ts'
import type { FlatBuffer, Table } from '../flatbuffers.ts'

/** Numbers of `Type` in Schema.fbs whose buffers are laid out alike. */
export type Layout =
  | 'none'
  | 'fixed'
  | 'bytes32'
  | 'bytes64'
  | 'view'
  | 'list32'
  | 'list64'
  | 'struct'
  | 'fixed-list'
  | 'sparse-union'
  | 'dense-union'
  | 'run-end'
  | 'list-view32'
  | 'list-view64'

const LAYOUTS: readonly Layout[] = [
  ...([
    'none',
    'none',
    'fixed',
    'fixed',
    'bytes32',
    'bytes32',
    'fixed',
    'fixed',
    'fixed',
    'fixed',
    'fixed',
    'fixed',
  ] as const),
  ...([
    'list32',
    'struct',
    'sparse-union',
    'fixed',
    'fixed-list',
    'list32',
    'fixed',
    'bytes64',
    'bytes64',
    'list64',
  ] as const),
  ...(['run-end', 'view', 'view', 'list-view32', 'list-view64'] as const),
]
const INT = 2
const BOOL = 6
const UNION = 14
const FIXED_LIST = 16
const UTF8 = new Set([5, 20, 24])
const BINARY = new Set([4, 19, 23])

/** A field of the schema and what is inside it. */
export interface ArrowField {
  readonly path: string
  readonly layout: Layout
  readonly holds: 'text' | 'binary' | 'integer' | 'boolean' | 'other'
  /** Bytes of an integer. */
  readonly width: number
  /** Elements of a list of fixed length. */
  readonly length: number
  /** Id of the dictionary that its values are places in. */
  readonly dictionary: bigint | undefined
  readonly children: readonly ArrowField[]
}

/** A key of a field or of the schema, and where its value is. */
export interface ArrowMetadata {
  readonly path: string
  readonly key: string
  readonly at: number
  readonly length: number
}

export interface ArrowSchema {
  readonly fields: readonly ArrowField[]
  readonly metadata: readonly ArrowMetadata[]
  readonly bigEndian: boolean
  /** Number of fields, those inside others included. */
  readonly count: number
}

const DEPTH = 64
const FIELDS = 200_000

/** Reads the schema of a message or footer (Schema.fbs): the tree of its fields, and their metadata. */
export class SchemaReader {
  readonly #flat: FlatBuffer
  readonly #source: ByteSource
  readonly #metadata: ArrowMetadata[] = []
  #count = 0

  constructor(flat: FlatBuffer, source: ByteSource) {
    this.#flat = flat
    this.#source = source
  }

  async read(schema: Table): Promise<ArrowSchema> {
    const bigEndian = (await this.#flat.unsigned(schema, 0, 2)) === 1n
    const fields: ArrowField[] = []
    for await (const table of this.#flat.tables(schema, 1)) fields.push(await this.#field(table, '', 0))
    await this.#keys(schema, 2, '')
    return { fields, metadata: this.#metadata, bigEndian, count: this.#count }
  }

  async #field(table: Table, parent: string, depth: number): Promise<ArrowField> {
    if (depth > DEPTH) throw new FormatError('limit', 'fields nested too deeply')
    if (++this.#count > FIELDS) throw new FormatError('limit', `more than ${FIELDS} fields`)
    const flat = this.#flat
    const name = (await flat.string(table, 0)).slice(0, 200)
    const path = parent === '' ? name : `${parent}.${name}`
    await this.#keys(table, 6, path)
    const children: ArrowField[] = []
    for await (const child of flat.tables(table, 5)) children.push(await this.#field(child, path, depth + 1))
    const encoding = await flat.table(table, 4)
    const type = Number(await flat.unsigned(table, 2, 1))
    const details = await flat.table(table, 3)
    const dictionary = encoding ? await flat.unsigned(encoding, 0, 8) : undefined
    return { path, ...(await this.#type(type, details)), dictionary, children }
  }

  async #type(type: number, details: Table | undefined) {
    const layout = LAYOUTS[type]
    if (layout === undefined) throw new FormatError('unsupported', `fields of type ${type}`)
    const size = details && (type === INT || type === FIXED_LIST) ? await this.#flat.int(details, 0) : 0
    const isDense = type === UNION && details && (await this.#flat.unsigned(details, 0, 2)) === 1n
    const holds: ArrowField['holds'] = UTF8.has(type)
      ? 'text'
      : BINARY.has(type)
        ? 'binary'
        : type === INT
          ? 'integer'
          : type === BOOL
            ? 'boolean'
            : 'other'
    return {
      layout: isDense ? ('dense-union' as const) : layout,
      holds,
      width: type === INT ? size / 8 : 0,
      length: type === FIXED_LIST ? size : 0,
    }
  }

  async #keys(table: Table, field: number, path: string): Promise<void> {
    for await (const pair of this.#flat.tables(table, field)) {
      const key = (await this.#flat.string(pair, 0)).slice(0, 200)
      const { at, length } = await this.#flat.vector(pair, 1, 1)
      if (this.#metadata.length >= FIELDS) throw new FormatError('limit', 'too much metadata')
      if (at + length > this.#source.size) throw new FormatError('corrupt', 'metadata beyond the file')
      this.#metadata.push({ path, key, at, length })
    }
  }
}
