import { describe, expect, it } from 'vitest'
import { flatBuffer, int, ints, long, tables, text } from '../../fixtures/assemble/flatbuffers.ts'
import { memorySource } from '../bytes/memory.ts'
import { FlatBuffer } from './flatbuffers.ts'

const SAMPLE = flatBuffer('TEST', [
  int(-7),
  text('name'),
  tables([int(1)], [int(2)]),
  undefined,
  ints(3, 4),
  long(2n ** 63n),
])

describe('reading', () => {
  it('finds what the schema says, and zero where a field is absent', async () => {
    const flat = new FlatBuffer(memorySource(SAMPLE))
    const root = await flat.root()
    expect(await flat.int(root, 0)).toBe(-7)
    expect(await flat.string(root, 1)).toBe('name')
    const inner: number[] = []
    for await (const table of flat.tables(root, 2)) inner.push(await flat.int(table, 0))
    expect(inner).toEqual([1, 2])
    expect(await flat.int(root, 3)).toBe(0)
    expect(await flat.int(root, 99)).toBe(0)
    const list: number[] = []
    for await (const n of flat.ints(root, 4)) list.push(n)
    expect(list).toEqual([3, 4])
    expect(await flat.unsigned(root, 5, 8)).toBe(2n ** 63n)
    // The last vector is padded.
    expect(flat.reached).toBe(SAMPLE.length - 4)
  })
})

describe('hostile bytes', () => {
  it('never throws anything but FormatError, whatever byte is changed', async () => {
    for (let at = 0; at < SAMPLE.length; at++) {
      const bytes = Uint8Array.from(SAMPLE)
      bytes[at] = 0xff
      const flat = new FlatBuffer(memorySource(bytes))
      const walk = async () => {
        const root = await flat.root()
        for await (const table of flat.tables(root, 2)) await flat.int(table, 0)
        await flat.string(root, 1)
      }
      const thrown: unknown = await walk().catch((error: unknown) => error)
      if (thrown !== undefined) expect(thrown).toHaveProperty('name', 'FormatError')
    }
  })

  it('refuses vectors that the file cannot hold', async () => {
    const flat = new FlatBuffer(memorySource(SAMPLE.slice(0, -40)))
    const root = await flat.root().catch(() => undefined)
    if (root) await expect(flat.vector(root, 4)).rejects.toThrow(/does not fit|beyond/)
  })
})
