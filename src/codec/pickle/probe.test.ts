import { expect, test } from 'vitest'
import { concat, latin1 } from '../../../fixtures/assemble/bytes.ts'
import { POP, program, UNICODE } from '../../../fixtures/assemble/pickle.ts'
import { PAYLOAD } from '../../../fixtures/evasion/payload.ts'
import { recognisePickle } from './probe.ts'

const HEAD = 64 * 1024

test('a broken stream with a name that no import could contain is weak, so that a name like .pkl decides', () => {
  expect(recognisePickle(latin1("cos\ns}stem\n(S'x'\ntR"))).toBe('weak')
})

test('a first line that is longer than the head may be prose or hide a pickle: reading on tells', () => {
  const bytes = program(UNICODE('x'.repeat(HEAD * 2)), POP(), PAYLOAD)
  expect(recognisePickle(bytes.subarray(0, HEAD), bytes.length)).toBe('trial')
})

test('a head full of instructions is a pickle, under any name', () => {
  const lines = Array.from({ length: 4000 }, () => concat(UNICODE('a line of prose'), POP()))
  const bytes = program(...lines, PAYLOAD)
  expect(recognisePickle(bytes.subarray(0, HEAD), bytes.length)).toBe('strong')
})

test('prose is none', () => {
  expect(recognisePickle(latin1('Weights of the model.\nTrained on text.\n'))).toBe('no')
})
