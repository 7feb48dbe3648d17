import { expect, test } from 'vitest'
import { concat } from '../../../fixtures/assemble/bytes.ts'
import * as p from '../../../fixtures/assemble/pickle.ts'
import { memorySource } from '../../bytes/memory.ts'
import { scanPickle } from './scan.ts'

/** `levels` containers, each of which `wrap` fills with the one before, from the memo. */
function nested(levels: number, wrap: (inner: () => p.Code) => p.Code): p.Code {
  const layer = (level: number) =>
    concat(
      wrap(() => p.BINGET(level)),
      p.BINPUT(level + 1),
      p.POP(),
    )
  const all = Array.from({ length: levels }, (_, level) => layer(level))
  return concat(p.list('lol'), p.BINPUT(0), p.POP(), ...all, p.BINGET(levels))
}

async function notes(code: p.Code): Promise<string[]> {
  const { census, damage } = await scanPickle(memorySource(p.pickle(2, code)))
  expect(damage).toEqual([])
  return [...census.notes()].map(({ about }) => about)
}

const ten = (inner: () => p.Code) => Array.from({ length: 10 }, inner)

test.each<[string, number, (inner: () => p.Code) => p.Code]>([
  ['lists of ten', 12, (inner) => p.list(...ten(inner))],
  ['tuples of two', 40, (inner) => p.tuple(inner(), inner())],
  ['a value beside itself by DUP', 40, (inner) => concat(inner(), p.DUP(), p.TUPLE2())],
  ['values of dicts', 40, (inner) => p.dict(['a', inner()], ['b', inner()])],
  ['one by one', 40, (inner) => concat(p.EMPTY_LIST(), inner(), p.APPEND(), inner(), p.APPEND())],
  ['with a layer between', 40, (inner) => p.list(p.list(inner()), p.tuple(inner()))],
  [
    'frozen sets and opcodes of protocol 0',
    40,
    (inner) => concat(p.MARK(), p.tuple(inner(), inner()), p.FROZENSET()),
  ],
])('%s, each level of the one before', async (_, levels, wrap) => {
  expect(await notes(nested(levels, wrap))).toContain('expansion')
  expect(await notes(nested(5, wrap))).not.toContain('expansion')
})

test('sharing without levels is ordinary', async () => {
  const shared = concat(p.tuple(1, 2), p.BINPUT(0), p.POP())
  const rows = Array.from({ length: 20_000 }, () => p.dict(['betas', p.BINGET(0)]))
  expect(await notes(concat(shared, p.list(...rows)))).toEqual([])
  // One reference per level: deep, and a line.
  expect(await notes(nested(200, (inner) => p.list(inner())))).toEqual([])
})
