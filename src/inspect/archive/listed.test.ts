import { expect, test } from 'vitest'
import { memorySource } from '../../bytes/memory.ts'
import { Meter } from '../../bytes/meter.ts'
import { DEFAULT_LIMITS } from '../../model/limits.ts'
import { MemberList } from './listed.ts'

function listed(limits: Partial<typeof DEFAULT_LIMITS>, members: number): number {
  const bytes = memorySource(new Uint8Array(1000))
  const meter = new Meter({ ...DEFAULT_LIMITS, ...limits }, bytes.size)
  const list = new MemberList('asar', bytes, {
    meter,
    signal: new AbortController().signal,
    depth: 0,
    region: false,
    rows: Infinity,
  })
  let children = 0
  for (let i = 0; i < members; i++) {
    const emissions = list.add({ name: `f${i}`, at: 0, data: { offset: 0, length: 1000 } })
    for (const { type } of emissions) if (type === 'child') children++
  }
  return children
}

test('members that share bytes are charged like what a bomb expands to', () => {
  expect(listed({ expandedBytes: 5000, expansionRatio: 2 }, 6)).toBe(6)
  expect(() => listed({ expandedBytes: 5000, expansionRatio: 2 }, 7)).toThrow('expandedBytes')
})

test('members are counted', () => {
  expect(() => listed({ entries: 3 }, 4)).toThrow('entries')
})
