import { describe, expect, it } from 'vitest'
import { emissions } from '../../../fixtures/assemble/emissions.ts'
import { npy as assemble, npyHeader } from '../../../fixtures/assemble/model.ts'
import { npy } from './npy.ts'

describe('npy', () => {
  it('accounts for exactly the array', async () => {
    const bytes = assemble(npyHeader("'<f4'", '(2, 3)'), new Uint8Array(30))
    const { spans, damage } = await emissions(npy, bytes)
    const last = spans.at(-1)
    expect([(last?.offset ?? 0) + (last?.length ?? 0), last?.as]).toEqual([bytes.length - 6, 'opaque'])
    expect(damage).toEqual([])
  })

  it.each(["'|O'", "[('a', [('b', '|O')])]", "'i4,O'", "('|O', (2,))"])(
    'hands out the pickle of %s',
    async (descr) => {
      const { children } = await emissions(npy, assemble(npyHeader(descr), new Uint8Array(5)))
      expect(children.map((child) => [child.format, child.bytes.size])).toEqual([['pickle', 5]])
    },
  )

  it('does not take a field named like an object for one', async () => {
    const { children, facts } = await emissions(npy, assemble(npyHeader("[('O', '<i4')]"), new Uint8Array(4)))
    expect(children).toEqual([])
    expect(facts[0]).toMatchObject({ objects: false, itemSize: 4 })
  })

  it('reports data that is missing and shapes that cannot be', async () => {
    const huge = await emissions(
      npy,
      assemble(npyHeader("'<f8'", '(4294967296, 4294967296)'), new Uint8Array(8)),
    )
    expect(huge.damage).toEqual(['truncated'])
    const negative = await emissions(npy, assemble(npyHeader("'<f8'", '(-1,)'), new Uint8Array(8)))
    expect(negative.damage).toEqual(['corrupt'])
    expect(negative.spans).toHaveLength(1)
  })

  it('reads versions 2 and 3 and refuses others', async () => {
    for (const version of [2, 3] as const) {
      const { thrown } = await emissions(npy, assemble(npyHeader("'<f8'"), new Uint8Array(8), version))
      expect(thrown).toBeUndefined()
    }
    const bytes = assemble(npyHeader("'<f8'"), new Uint8Array(8))
    bytes[6] = 9
    expect((await emissions(npy, bytes)).thrown?.kind).toBe('unsupported')
  })
})
