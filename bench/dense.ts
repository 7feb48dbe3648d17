// Opcode-dense pickles, as pickle.dumps writes them at protocol 4: a list of nested dicts and lists of short strings and
// small integers.
import { closeSync, openSync, writeSync } from 'node:fs'

/** `records`: about 8 bytes per opcode, every string new. `dense`: under 3, keys from the memo and mostly integers. */
export type Density = 'records' | 'dense'

const [MEMOIZE, MARK, SETITEMS, APPENDS] = [0x94, 0x28, 0x75, 0x65]
const [EMPTY_DICT, EMPTY_LIST, SETITEM, BINGET, POP] = [0x7d, 0x5d, 0x73, 0x68, 0x30]
/** Keys that the dense records take from the memo, each by its one-byte index. */
const KEYS = 'id count page rank name label list more'.split(' ')

const small = (value: number) => [0x4b, value & 255]
const text = (value: string) => [0x8c, value.length, ...Buffer.from(value), MEMOIZE]
/** A string of 16 to 20 letters that differs from record to record. */
const word = (i: number) =>
  (i * 2654435761)
    .toString(36)
    .padEnd(20, 'lorem ipsum ')
    .slice(0, 16 + (i % 5))

/** Eight entries with new keys: six texts, a small integer, and a list of a text and an integer. */
function record(i: number): number[] {
  const values = [0, 1, 2, 3, 4, 5].map((k) => text(word(i * 16 + k)))
  const list = [EMPTY_LIST, MEMOIZE, MARK, ...text(word(i * 16 + 6)), ...small(i), APPENDS]
  const all = [...values, small(i >> 8), list]
  const items = all.flatMap((value, k) => [...text(word(i * 16 + 7 + k)), ...value])
  return [EMPTY_DICT, MEMOIZE, MARK, ...items, SETITEMS]
}

function denseRecord(i: number): number[] {
  const key = (index: number) => [BINGET, index]
  const integers = [0, 1, 2, 3].flatMap((k) => [...key(k), ...small(i + k)])
  const texts = [...key(4), ...text(`n${i * 97}`), ...key(5), ...text(`label ${i}`)]
  const list = [
    ...key(6),
    EMPTY_LIST,
    MEMOIZE,
    MARK,
    ...small(i),
    0x4d,
    i & 255,
    3,
    0x4a,
    1,
    2,
    3,
    0,
    APPENDS,
  ]
  const inner = [...key(7), EMPTY_DICT, MEMOIZE, ...key(0), ...text(`tag-${i}`), SETITEM]
  return [EMPTY_DICT, MEMOIZE, MARK, ...integers, ...texts, ...list, ...inner, SETITEMS]
}

/** Writes at least so many bytes; what repeats every few thousand records is memoized anew each time. */
export function writeDense(file: string, density: Density, bytes: number): void {
  const out = openSync(file, 'w')
  const head = KEYS.flatMap((key) => [...text(key), POP])
  writeSync(out, Buffer.from([0x80, 4, ...head, EMPTY_LIST, MEMOIZE]))
  const make = density === 'dense' ? denseRecord : record
  const records = Array.from({ length: 4000 }, (_, i) => Buffer.from(make(i)))
  const batch = Buffer.concat([Buffer.from([MARK]), ...records, Buffer.from([APPENDS])])
  for (let written = 0; written < bytes; ) written += writeSync(out, batch)
  writeSync(out, Buffer.from('.'))
  closeSync(out)
}
