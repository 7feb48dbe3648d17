import { expect, test } from 'vitest'
import { ABSENT, STR_VALUE, WIDE } from './kinds.ts'
import { Memo } from './stack.ts'

test('a memo gives back what it was given, however wide', () => {
  const memo = new Memo()
  const entries = [
    [0, STR_VALUE, 2],
    [1, WIDE - 1, 3],
    [2, WIDE, 4],
    [3, 70_000, 2 ** 32 + 5],
    [4, STR_VALUE, 2 ** 40],
    [70_000, STR_VALUE, 6],
    [4_000_000_000, 300, 2 ** 33],
  ] as const
  for (const [index, descriptor, offset] of entries) {
    expect(memo.put(index, descriptor, offset)).toBe(ABSENT)
  }
  for (const [index, descriptor, offset] of entries) {
    expect([memo.descriptor(index), memo.offset(index)]).toEqual([descriptor, offset])
  }
  expect([memo.count, memo.highest]).toEqual([entries.length, 4_000_000_000])
  expect(memo.put(3, STR_VALUE, 1)).toBe(70_000)
  expect([memo.descriptor(3), memo.offset(3), memo.count]).toEqual([STR_VALUE, 1, entries.length])
})

test('nothing is left behind when it is cleared', () => {
  const memo = new Memo()
  memo.put(0, 70_000, 2 ** 40)
  memo.put(9_000_000, STR_VALUE, 1)
  memo.clear()
  expect([memo.count, memo.highest, memo.descriptor(0), memo.descriptor(9_000_000)]).toEqual([
    0,
    -1,
    ABSENT,
    ABSENT,
  ])
  memo.put(0, STR_VALUE, 7)
  expect([memo.descriptor(0), memo.offset(0)]).toEqual([STR_VALUE, 7])
})
