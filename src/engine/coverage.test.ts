import { expect, test } from 'vitest'
import type { Span } from '../inspect/inspector.ts'
import { uncovered, whereabouts } from './coverage.ts'

const span = (offset: number, length: number): Span => ({ type: 'span', offset, length, as: 'inspected' })

test('overlapping spans in any order leave exactly the bytes that none covers', () => {
  expect(uncovered(100, [span(50, 20), span(10, 10), span(15, 20)])).toEqual([
    { offset: 0, length: 10 },
    { offset: 35, length: 15 },
    { offset: 70, length: 30 },
  ])
})

test('no span leaves everything, a span beyond the end leaves nothing', () => {
  expect(uncovered(7, [])).toEqual([{ offset: 0, length: 7 }])
  expect(uncovered(7, [span(0, 1000)])).toEqual([])
  expect(uncovered(0, [])).toEqual([])
})

test('a span that begins beyond the end does not hide the tail', () => {
  expect(uncovered(10, [span(0, 4), span(50, 9)])).toEqual([{ offset: 4, length: 6 }])
})

test('a gap is before, between or after', () => {
  expect(whereabouts({ offset: 0, length: 5 }, 10)).toBe('before')
  expect(whereabouts({ offset: 3, length: 2 }, 10)).toBe('between')
  expect(whereabouts({ offset: 5, length: 5 }, 10)).toBe('after')
})
