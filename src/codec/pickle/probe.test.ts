import { expect, test } from 'vitest'
import { latin1 } from '../../../fixtures/assemble/bytes.ts'
import { POP, program, UNICODE } from '../../../fixtures/assemble/pickle.ts'
import { PAYLOAD } from '../../../fixtures/evasion/payload.ts'
import { recognisePickle } from './probe.ts'

const HEAD = 64 * 1024

test.each([
  ['a broken stream with a name that no import statement could contain', latin1("cos\ns}stem\n(S'x'\ntR")],
  ['a first line that is longer than the head', program(UNICODE('x'.repeat(HEAD * 2)), POP(), PAYLOAD)],
])('%s is weak, so that a name like .pkl decides', (_what, bytes) => {
  expect(recognisePickle(bytes.subarray(0, HEAD), bytes.length)).toBe('weak')
})

test('prose is none', () => {
  expect(recognisePickle(latin1('Weights of the model.\nTrained on text.\n'))).toBe('no')
})
