import { expect, test } from 'vitest'
import { tarHeader as assemble, base256, paxRecords } from '../../../fixtures/assemble/tar.ts'
import { isHeader, number, tarHeader } from './header.ts'
import { readPax } from './pax.ts'

const ascii = (text: string) => new TextEncoder().encode(text.padEnd(12, '\0'))

test.each([
  [ascii('00000000144'), { value: 100 }],
  [ascii('    144 '), { value: 100 }],
  [ascii(''), { value: 0 }],
  [ascii('12x4'), { value: 10, issue: 'malformed' }],
  [base256(2 ** 40, 12), { value: 2 ** 40 }],
  [base256(-1n, 12), { value: -1, issue: 'negative' }],
  [base256(2n ** 80n, 12), { value: 2 ** 80, issue: 'huge' }],
])('number field %#', (bytes, expected) => {
  expect(number(bytes, 0, 12)).toEqual(expected)
})

test('a checksum may be summed over signed bytes', () => {
  expect(tarHeader(assemble({ name: 'é', checksum: 'signed' }), 0).checksum).toBe('signed')
  expect(isHeader(assemble({ name: 'a', checksum: 1 }))).toBe(false)
  expect(isHeader(new Uint8Array(512))).toBe(false)
})

test('the last of repeated PAX keys counts, and is noted', () => {
  const pax = readPax(
    paxRecords([
      ['path', 'a'],
      ['path', 'b'],
    ]),
  )
  expect(Buffer.from(pax.values.get('path') ?? []).toString()).toBe('b')
  expect(pax.issues).toEqual(['repeated-key'])
})
