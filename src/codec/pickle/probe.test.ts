import { expect, test } from 'vitest'
import { concat, latin1 } from '../../../fixtures/assemble/bytes.ts'
import { POP, program, UNICODE } from '../../../fixtures/assemble/pickle.ts'
import { PAYLOAD } from '../../../fixtures/evasion/payload.ts'
import { recognisePickle } from './probe.ts'

const HEAD = 64 * 1024

test('a broken stream with a name that no import could contain is weak, so that a name like .pkl decides', () => {
  expect(recognisePickle(latin1("cos\ns}stem\n(S'x'\ntR"))).toBe('weak')
})

test.each([
  [
    'trial',
    'a first line that is longer than the head',
    program(UNICODE('x'.repeat(HEAD * 2)), POP(), PAYLOAD),
  ],
  [
    'strong',
    'a head full of lines of text',
    program(...Array.from({ length: 4000 }, () => concat(UNICODE('a line of prose'), POP())), PAYLOAD),
  ],
])('%s: %s may hide what comes behind it, under any name', (sure, _what, bytes) => {
  expect(recognisePickle(bytes.subarray(0, HEAD), bytes.length)).toBe(sure)
})

test('prose is none', () => {
  expect(recognisePickle(latin1('Weights of the model.\nTrained on text.\n'))).toBe('no')
})
