import { FormatError } from '../../model/trouble.ts'
import { Fields, type Hdf5File } from './file.ts'

export interface Message {
  readonly type: number
  /** The content is a reference to a message kept elsewhere. */
  readonly shared: boolean
  readonly data: Fields
}

export const MESSAGE = {
  dataspace: 0x01,
  linkInfo: 0x02,
  datatype: 0x03,
  link: 0x06,
  externalFiles: 0x07,
  layout: 0x08,
  filters: 0x0b,
  attribute: 0x0c,
  continuation: 0x10,
  symbolTable: 0x11,
  attributeInfo: 0x15,
} as const

const MOST_MESSAGES = 100_000
const MOST_BLOCKS = 10_000

/** The messages of an object header of either version, continuations followed. A block is read once only. */
export async function readMessages(file: Hdf5File, address: number): Promise<Message[]> {
  const start = await file.read(address, Math.min(16, file.size - file.base - address))
  return start.text(4) === 'OHDR'
    ? new HeaderReader(file, 2).version2(address)
    : new HeaderReader(file, 1).version1(address)
}

class HeaderReader {
  readonly #file: Hdf5File
  readonly #version: 1 | 2
  readonly #messages: Message[] = []
  readonly #blocks: { address: number; length: number }[] = []
  readonly #seen = new Set<number>()
  /** Messages of version 2 may carry the order in which they were made. */
  #ordered: boolean = false

  constructor(file: Hdf5File, version: 1 | 2) {
    this.#file = file
    this.#version = version
  }

  async version1(address: number): Promise<Message[]> {
    const head = await this.#file.read(address, 16)
    const version = head.uint(1)
    if (version !== 1)
      throw new FormatError(
        'corrupt',
        `an HDF5 object header of version ${version}`,
        this.#file.base + address,
      )
    head.skip(7)
    const length = head.uint(4)
    this.#split(await this.#file.read(address + 16, length))
    return this.#rest()
  }

  async version2(address: number): Promise<Message[]> {
    const head = await this.#file.read(address, Math.min(48, this.#file.size - this.#file.base - address))
    head.skip(5)
    const flags = head.uint(1)
    this.#ordered = (flags & 4) !== 0
    head.skip((flags & 0x20 ? 16 : 0) + (flags & 0x10 ? 4 : 0))
    const length = head.uint(1 << (flags & 3))
    this.#split(await this.#file.read(address + head.at, length))
    return this.#rest()
  }

  async #rest(): Promise<Message[]> {
    for (let block = this.#blocks.shift(); block; block = this.#blocks.shift()) {
      const { address, length } = block
      if (this.#seen.has(address))
        throw new FormatError(
          'corrupt',
          'an HDF5 object header continues in itself',
          this.#file.base + address,
        )
      this.#seen.add(address)
      if (this.#seen.size > MOST_BLOCKS)
        throw new FormatError('limit', 'an HDF5 object header in too many parts', address)
      const content = await this.#file.read(address, length)
      if (this.#version === 1) this.#split(content)
      else {
        if (content.text(4) !== 'OCHK')
          throw new FormatError('corrupt', 'no OCHK where HDF5 says one is', this.#file.base + address)
        this.#split(new Fields(content.bytes.subarray(4, -4), this.#file, address + 4))
      }
    }
    return this.#messages
  }

  #split(block: Fields): void {
    const smallest = this.#version === 1 ? 8 : this.#ordered ? 6 : 4
    while (block.left >= smallest) {
      const type = block.uint(this.#version === 1 ? 2 : 1)
      const size = block.uint(2)
      const flags = block.uint(1)
      block.skip(this.#version === 1 ? 3 : this.#ordered ? 2 : 0)
      // What is left where version 2 has a gap that is too small for a message.
      if (this.#version === 2 && type === 0 && size > block.left) return
      const data = new Fields(block.take(size), this.#file, block.address + block.at)
      if (type === MESSAGE.continuation) {
        const address = data.place()
        const length = data.length()
        if (address !== undefined) this.#blocks.push({ address, length })
      } else if (type !== 0) this.#messages.push({ type, shared: (flags & 2) !== 0, data })
      if (this.#messages.length > MOST_MESSAGES)
        throw new FormatError('limit', 'an HDF5 object with too many messages', block.address)
    }
  }
}
