import { describe, expect, test } from 'vitest'
import {
  isAadhaar,
  isCodiceFiscale,
  isCpf,
  isIban,
  isLuhn,
  isNir,
  isPesel,
  isResidentId,
} from './check-digits.ts'
import { findPersonal, type Personal } from './find.ts'
import { PersonalTally } from './tally.ts'

function all(text: string): Personal[] {
  const found: Personal[] = []
  findPersonal(text, (personal) => found.push(personal))
  return found
}

/** The digit that makes a number hold. */
function completed(digits: string, holds: (whole: string) => boolean): string {
  for (let last = 0; last < 10; last++) if (holds(digits + last)) return digits + last
  throw new Error(`nothing completes ${digits}`)
}

describe('check digits, by published examples', () => {
  test.each([
    [isLuhn, '79927398713'],
    [isIban, 'GB82WEST12345698765432'],
    [isCpf, '52998224725'],
    [isPesel, '44051401359'],
    [isResidentId, '11010519491231002X'],
    [isNir, '255081416802538'],
    [isCodiceFiscale, 'MRTMTT91D08F205J'],
    [isAadhaar, '234123412346'],
  ])('%s', (holds, example) => {
    expect(holds(example)).toBe(true)
    const spoilt = example.replace(/\d(?=\D*$)/, (digit) => String((Number(digit) + 1) % 10))
    expect(holds(spoilt)).toBe(false)
  })
})

describe('what is found', () => {
  const card = completed('453957876362148', isLuhn)

  test.each([
    [`pay with ${card} today`, 'card'],
    [`${card.slice(0, 4)} ${card.slice(4, 8)} ${card.slice(8, 12)} ${card.slice(12)}`, 'card'],
    ['IBAN: DE75512108001245126199.', 'iban'],
    ['DE75 5121 0800 1245 1261 99', 'iban'],
    ['CPF 529.982.247-25', 'national-id'],
    ['id 11010519491231002X', 'national-id'],
    ['codice MRTMTT91D08F205J', 'national-id'],
    ['mail maria.sommer@gmx-post.de', 'email'],
    ['ring +49 30 901820 2', 'phone'],
    ['+1 (212) 736-5000', 'phone'],
  ])('%s', (text, kind) => {
    expect(all(text)).toMatchObject([{ kind, valid: true }])
    // Nothing that is shown repeats the number.
    expect(text.replace(/\W/g, '')).not.toContain(all(text)[0]?.masked.replace(/\W/g, '').padEnd(6, '#'))
  })

  test.each([
    '4242 4242 4242 4242 and 4111111111111111 are for tests',
    'GB82 WEST 1234 5698 7654 32',
    'info@acme.com, you@example.org, noreply@github.com, git@github.com:x/y',
    'import x from "@scope/pkg@1.2.3"; @decorator; user@host:/path; logo@2x.png',
    'timestamp 1700000000000, tweet 1212092628029698048, 0.1234567890123456, 3.141592653589793',
    'sha 4539578763621486abcdef, id_4539578763621486, 4539578763621486_x',
    '2024-01-02 03:04:05, 10.1.2.3, 1,234,567,890,123,456',
    'call +1 555 0100, +1 212 555 0123, 1+1234567890, ++1234567890',
    'weights [0.0012345678901234, -1.2345678901234567e-05]',
  ])('quiet: %s', (text) => {
    expect(all(text).filter(({ valid }) => valid)).toEqual([])
  })

  test('numbers that hold by chance are no cards', () => {
    const tally = new PersonalTally()
    const lines = Array.from({ length: 1000 }, (_, i) => `4${String(539578763621486 + i * 7919)}`)
    tally.read(
      lines.join('\n'),
      () => true,
      () => ({}),
    )
    expect([...tally.facts('file', '')]).toEqual([])
  })

  test('cards are cards', () => {
    const tally = new PersonalTally()
    const lines = Array.from({ length: 20 }, (_, i) =>
      completed(`45395787${6362148 + i * 7919}`.slice(0, 15), isLuhn),
    )
    tally.read(
      lines.join('\n'),
      () => true,
      () => ({}),
    )
    expect([...tally.facts('rows', 'n')]).toMatchObject([
      { kind: 'pii.found', count: 20, data: { kind: 'card' } },
    ])
  })
})

test('hostile digits take linear time', () => {
  const text = `${'1'.repeat(300_000)}${'@'.repeat(100_000)}${'+1 '.repeat(100_000)}${'DE12'.repeat(50_000)}`
  expect(all(text).filter(({ valid }) => valid)).toEqual([])
})
