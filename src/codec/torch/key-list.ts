import { FormatError } from '../../model/trouble.ts'
import { literalAt } from '../pickle/literals.ts'

/**
 * The strings of a pickle that is nothing but a list of strings, as `pickle.dump` writes it: what tells the order of
 * storages in a legacy file. Throws `FormatError('corrupt')` for any other opcode.
 */
export function keyList(pickle: Uint8Array): string[] {
  const keys: string[] = []
  const view = new DataView(pickle.buffer, pickle.byteOffset, pickle.byteLength)
  for (let at = 0; at < pickle.length; ) {
    const opcode = pickle[at] ?? 0
    const skip = WIDTHS[opcode]
    if (opcode === STOP) return keys
    if (skip !== undefined) {
      at += 1 + skip
      continue
    }
    const literal = literalAt(pickle, at)
    if (literal?.kind !== 'str') throw new FormatError('corrupt', 'storage keys that are no plain list', at)
    keys.push(literal.value)
    if (opcode === BINUNICODE && at + 5 <= pickle.length) at += 5 + view.getUint32(at + 1, true)
    else if (opcode === SHORT_BINUNICODE || opcode === SHORT_BINSTRING) at += 2 + (pickle[at + 1] ?? 0)
    else throw new FormatError('corrupt', 'storage keys that are no plain list', at)
  }
  throw new FormatError('truncated', 'the list of storage keys ends early', pickle.length)
}

const STOP = 0x2e
const BINUNICODE = 0x58
const SHORT_BINUNICODE = 0x8c
const SHORT_BINSTRING = 0x55

/** Opcodes around the strings, with the bytes of their operands: PROTO FRAME EMPTY_LIST MARK (LONG_)BINPUT MEMOIZE APPEND(S). */
const WIDTHS: Readonly<Record<number, number>> = {
  128: 1,
  149: 8,
  93: 0,
  40: 0,
  113: 1,
  114: 4,
  148: 0,
  97: 0,
  101: 0,
}
