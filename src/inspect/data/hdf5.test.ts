import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Emissions, emissions } from '../../../fixtures/assemble/emissions.ts'
import { Random } from '../../../fixtures/differential/random.ts'
import { hdf5 } from './hdf5.ts'

const FIXTURES = path.join(import.meta.dirname, '../../../fixtures')

function bytesOf(file: string): Uint8Array {
  return Uint8Array.from(readFileSync(path.join(FIXTURES, file)))
}

const inspected = (file: string): Promise<Emissions> => emissions(hdf5, bytesOf(file))

describe('files of h5py', () => {
  it.each([
    ['hdf5/many/input.h5', 2, 300],
    ['hdf5/many-latest/input.h5', 2, 300],
    ['hdf5/chunked/input.h5', 1, 3],
    ['hdf5/chunked-latest/input.h5', 1, 3],
  ])('%s: %i groups and %i datasets', async (file, groups, datasets) => {
    const { facts, damage, thrown } = await inspected(file)
    expect(facts).toContainEqual(
      expect.objectContaining({ kind: 'hdf5.file', groups, datasets, userBlock: 0 }),
    )
    expect([damage, thrown]).toEqual([[], undefined])
  })

  it.each([
    ['external-link', 'external-link', '/etc/hostname'],
    ['external-link-latest', 'external-link', '/etc/hostname'],
    ['external-storage', 'external-storage', '/etc/hostname'],
    ['virtual-source', 'virtual-source', '../other.h5'],
  ])('%s leads outside', async (name, how, target) => {
    const { facts } = await inspected(`hdf5/${name}/input.h5`)
    expect(facts).toContainEqual(expect.objectContaining({ kind: 'hdf5.outside', how, target }))
  })

  it('hands on what Keras builds a model from', async () => {
    const { children } = await inspected('keras-config/sequential-h5/input.h5')
    expect(children.map(({ name, format }) => [name, format])).toEqual([
      ['@model_config', 'keras-config'],
      ['@training_config', 'keras-config'],
    ])
  })

  it('finds the file behind a block of the user', async () => {
    const { facts, spans } = await inspected('hdf5/user-block/input.h5')
    expect(facts).toContainEqual(expect.objectContaining({ kind: 'hdf5.file', userBlock: 512 }))
    expect(spans[0]?.offset).toBe(512)
  })
})

describe('hostile bytes', () => {
  it.each(['many', 'many-latest', 'chunked', 'virtual-source', 'external-storage'])(
    '%s with flipped bytes ends, and as trouble if at all',
    async (name) => {
      const random = new Random(3)
      const whole = bytesOf(`hdf5/${name}/input.h5`)
      for (let round = 0; round < 60; round++) {
        const copy = Uint8Array.from(whole)
        for (let i = 0; i < 4; i++) copy[random.below(Math.min(copy.length, 8192))] = random.below(256)
        // Anything but a FormatError would be thrown on.
        await emissions(hdf5, copy)
      }
    },
  )

  it('stops at a file cut short, keeping what it saw', async () => {
    const whole = bytesOf('hdf5/many/input.h5')
    const { damage, facts } = await emissions(hdf5, whole.subarray(0, whole.length >> 1))
    expect(damage).toContain('truncated')
    expect(facts.some((fact) => fact.kind === 'hdf5.file')).toBe(true)
  })
})
