import { expect, test } from 'vitest'
import { HashTable, hashString } from './hash-table.ts'
import { RangeLedger } from './ranges.ts'

test('ranges in any order give gaps and overlaps', () => {
  const ranges = new RangeLedger()
  for (let i = 99; i >= 0; i--) ranges.add(i * 10, i * 10 + 8)
  ranges.add(50, 70)
  expect([...ranges.gaps(0, 1005)].slice(4, 6)).toEqual([
    { offset: 48, length: 2 },
    { offset: 78, length: 2 },
  ])
  expect([...ranges.gaps(0, 1005)].at(-1)).toEqual({ offset: 998, length: 7 })
  expect([...ranges.overlaps()].map((o) => o.offset)).toEqual([50, 60])
})

test('a hash table tells who came first, through growth', () => {
  const table = new HashTable(4)
  const key = { high: 0, low: 0 }
  for (let i = 0; i < 50_000; i++) expect(table.add(hashString(`name ${i}`, key), i)).toBeUndefined()
  expect(table.add(hashString('name 777', key), 1)).toBe(777)
  expect(table.get(hashString('another', key))).toBeUndefined()
  expect(table.size).toBe(50_000)
})
