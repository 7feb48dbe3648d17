import { MAY_BE_SUSPECT, SHORTEST_CONSTANT } from './constants.ts'
import { uint32 } from './integers.ts'
import * as K from './kinds.ts'
import type { Machine } from './machine.ts'
import { FRAME } from './opcodes.ts'
import { HIGH, MEMO_PAGE, MEMO_PAGE_BITS } from './stack.ts'

/** Flags by the first byte of a string: may it be one of `HOOKS`, may it be a pickle or an archive? */
const HOOK = 1
const SUSPECT = 2
const FIRST_BYTES = new Uint8Array(256)
for (let byte = 0; byte < 256; byte++) {
  const hook = K.HOOKS.some((name) => name.charCodeAt(0) === byte) ? HOOK : 0
  FIRST_BYTES[byte] = hook | (MAY_BE_SUSPECT[byte] ? SUSPECT : 0)
}

/**
 * Executes instructions that start before `end` in the window; the caller sees to it that headers are whole. The opcodes
 * that make up nearly all of any file are done here, on local variables and without a call, where nothing about them is
 * special; everything else goes to the methods of the machine. They are written as numbers because V8 dispatches a switch
 * by table only on literals.
 */
export function loop(machine: Machine, end: number): void {
  const { window, base, stack, memo, traces } = machine
  const { descriptors, offsets } = stack
  const { lows, kinds } = memo
  // Offsets of more than 32 bits are kept in two parts, by the methods.
  const near = base + window.length < HIGH
  let position = machine.position
  let size = stack.size
  while (position < end) {
    const start = position
    const opcode = window[start]!
    switch (opcode) {
      case 0x4b: // BININT1
        descriptors[size] = K.INT_VALUE
        offsets[size++] = base + start
        position = start + 2
        continue
      case 0x4d: // BININT2
        descriptors[size] = K.INT_VALUE
        offsets[size++] = base + start
        position = start + 3
        continue
      case 0x4a: // BININT
        descriptors[size] = K.INT_VALUE
        offsets[size++] = base + start
        position = start + 5
        continue
      case 0x47: // BINFLOAT
        descriptors[size] = K.FLOAT_VALUE
        offsets[size++] = base + start
        position = start + 9
        continue
      case 0x4e: // NONE
        descriptors[size] = K.NONE_VALUE
        offsets[size++] = base + start
        position = start + 1
        continue
      case 0x88: // NEWTRUE
        descriptors[size] = K.TRUE_VALUE
        offsets[size++] = base + start
        position = start + 1
        continue
      case 0x89: // NEWFALSE
        descriptors[size] = K.FALSE_VALUE
        offsets[size++] = base + start
        position = start + 1
        continue
      case 0x7d: // EMPTY_DICT
        descriptors[size] = K.DICT_VALUE
        offsets[size++] = base + start
        position = start + 1
        continue
      case 0x5d: // EMPTY_LIST
        descriptors[size] = K.LIST_VALUE
        offsets[size++] = base + start
        position = start + 1
        continue
      case 0x29: // EMPTY_TUPLE
        descriptors[size] = K.NO_TUPLE
        offsets[size++] = base + start
        position = start + 1
        continue
      case 0x28: // MARK
        stack.size = size
        stack.mark()
        position = start + 1
        continue
      case 0x8c: // SHORT_BINUNICODE
      case 0x58: {
        // BINUNICODE
        const header = opcode === 0x8c ? 2 : 5
        const length = opcode === 0x8c ? window[start + 1]! : uint32(window, start + 1)
        const at = start + header
        const mask = (length <= K.LONGEST_HOOK ? HOOK : 0) | (length >= SHORTEST_CONSTANT ? SUSPECT : 0)
        // What reaches the end of the window or frame needs more care.
        if (at + length >= end || (FIRST_BYTES[window[at]!]! & mask) !== 0) break
        descriptors[size] = K.STR_VALUE
        offsets[size++] = base + start
        position = at + length
        continue
      }
      case 0x94: {
        // MEMOIZE
        const index = memo.count
        const page = kinds[index >>> MEMO_PAGE_BITS]
        const slot = index & (MEMO_PAGE - 1)
        if (!near || page === undefined || size <= stack.fence || page[slot] !== K.ABSENT) break
        const kind = descriptors[size - 1]!
        if (kind >= K.WIDE || index <= memo.highest) break
        page[slot] = kind
        lows[index >>> MEMO_PAGE_BITS]![slot] = offsets[size - 1]!
        memo.count = index + 1
        memo.highest = index
        position = start + 1
        continue
      }
      case 0x68: // BINGET
      case 0x6a: {
        // LONG_BINGET
        const index = opcode === 0x68 ? window[start + 1]! : uint32(window, start + 1)
        const page = kinds[index >>> MEMO_PAGE_BITS]
        if (!near || page === undefined) break
        const slot = index & (MEMO_PAGE - 1)
        const kind = page[slot]!
        // Beyond the end of a short page it is undefined, and below nothing.
        if (kind === K.ABSENT || !(kind < K.TUPLE_VALUE)) break
        descriptors[size] = kind
        offsets[size++] = lows[index >>> MEMO_PAGE_BITS]![slot]!
        position = start + (opcode === 0x68 ? 2 : 5)
        continue
      }
      case 0x71: // BINPUT
      case 0x72: {
        // LONG_BINPUT
        const index = opcode === 0x71 ? window[start + 1]! : uint32(window, start + 1)
        const page = kinds[index >>> MEMO_PAGE_BITS]
        const slot = index & (MEMO_PAGE - 1)
        // Picklers count: any other key is looked at by the method.
        if (!near || page === undefined || index !== memo.highest + 1 || size <= stack.fence) break
        if (slot >= page.length) break
        const kind = descriptors[size - 1]!
        if (kind >= K.WIDE) break
        page[slot] = kind
        lows[index >>> MEMO_PAGE_BITS]![slot] = offsets[size - 1]!
        memo.count++
        memo.highest = index
        position = start + (opcode === 0x71 ? 2 : 5)
        continue
      }
      case 0x61: // APPEND
        if (size - 1 <= stack.fence || descriptors[size - 2] !== K.LIST_VALUE || traces.shares) break
        size--
        position = start + 1
        continue
      case 0x73: // SETITEM
        if (size - 2 <= stack.fence || descriptors[size - 3] !== K.DICT_VALUE || traces.watching) break
        size -= 2
        position = start + 1
        continue
      case 0x65: // APPENDS
      case 0x75: {
        // SETITEMS
        const height = stack.markCount > 0 ? stack.fence : 0
        const wanted = opcode === 0x65 ? K.LIST_VALUE : K.DICT_VALUE
        if (height === 0 || descriptors[height - 1] !== wanted) break
        if (traces.shares || (opcode === 0x75 && (((size - height) & 1) !== 0 || traces.watching))) break
        stack.popMark()
        if (height <= stack.fence) {
          stack.remark(height)
          break
        }
        size = height
        position = start + 1
        continue
      }
      default:
    }
    stack.size = size
    machine.position = start + 1
    machine.current = start
    machine.instruction(opcode, start)
    position = machine.position
    size = stack.size
    // The end of the frame is also an end of this loop.
    if (machine.status !== 'run' || opcode === FRAME) break
  }
  machine.position = position
  stack.size = size
}
