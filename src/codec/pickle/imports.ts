import { constantAt, SHORTEST_CONSTANT } from './constants.ts'
import * as K from './kinds.ts'
import { LITERAL_BYTES } from './literals.ts'
import type { Machine } from './machine.ts'
import * as Op from './opcodes.ts'
import { literalOf } from './read-back.ts'
import {
  decodeAscii,
  decodeLatin1,
  decodeQuoted,
  decodeRawUnicodeEscape,
  decodeUtf8,
  parseFloatText,
  parseInteger,
  parseKey,
  trimmed,
} from './text.ts'

/** A line in the window, or the place of one that is too long for it. */
interface Line {
  readonly bytes: Uint8Array
  /** Whether `bytes` is only its beginning. */
  readonly cut: boolean
}

/** Reads the line at the current position and moves behind its newline; undefined where that is not possible yet. */
function readLine(machine: Machine, start: number): Line | undefined {
  const from = machine.position
  const known = machine.lineEnds.get(machine.offset)
  if (known !== undefined) {
    machine.position = known + 1 - machine.base
    return { bytes: machine.window.subarray(from, from + LITERAL_BYTES), cut: true }
  }
  const newline = machine.window.indexOf(0x0a, from)
  if (newline >= 0) {
    machine.position = newline + 1
    return { bytes: machine.window.subarray(from, newline), cut: false }
  }
  if (machine.base + machine.length >= machine.size) {
    machine.fail('truncated', `${machine.opcodeName} is cut short`)
  } else if (start > 0) machine.again('window', start)
  else machine.again('line', start, machine.base + from)
  return undefined
}

/** GLOBAL and INST: module and name on two lines; goes on with the descriptor of the import. */
export function importLines(machine: Machine, start: number, go: (callee: number) => void) {
  machine.payload = machine.position
  const module = readLine(machine, start)
  if (!module) return
  const second = machine.position
  if (machine.base + second <= machine.frameEnd) machine.payload = second
  const name = readLine(machine, start)
  if (!name) return
  const decode = machine.window[start] === Op.INST ? decodeAscii : decodeUtf8
  if (module.cut || name.cut) {
    machine.census.use('reference', machine.window[start]!, K.DYNAMIC_GLOBAL, undefined, machine.base + start)
    return go(K.DYNAMIC_GLOBAL)
  }
  const [moduleText, nameText] = [decode(module.bytes), decode(name.bytes)]
  // The C unpickler takes an empty line for a cut one; `pickle.py` looks the empty name up and fails.
  if (!moduleText || !nameText)
    return machine.fail('corrupt', `${machine.opcodeName} without a readable name`)
  go(machine.descriptors.global(moduleText, nameText, machine.protocol))
}

/** STACK_GLOBAL: name and module from the stack, both text; what is no literal makes the import dynamic. */
export function stackGlobal(machine: Machine, start: number) {
  const { stack } = machine
  if (stack.size - 2 < stack.fence) return machine.underflow()
  const at = stack.size - 2
  const offset = machine.base + start
  const kinds = [stack.descriptors[at]!, stack.descriptors[at + 1]!]
  let callee = K.DYNAMIC_GLOBAL
  if (kinds.every(K.isString)) {
    const module = literalOf(machine, stack.offsets[at]!, start)
    const name = module && literalOf(machine, stack.offsets[at + 1]!, start)
    if (!module || !name) return
    if (module.kind !== 'str' || name.kind !== 'str')
      return machine.fail('corrupt', 'STACK_GLOBAL of undecodable text')
    if (module.length <= LITERAL_BYTES && name.length <= LITERAL_BYTES) {
      callee = machine.descriptors.global(module.value, name.value, machine.protocol)
    }
  } else if (kinds.some((kind) => kind < K.PERSISTENT_VALUE && !K.isString(kind))) {
    return machine.fail('corrupt', 'STACK_GLOBAL requires str')
  }
  if (callee === K.DYNAMIC_GLOBAL) machine.census.use('reference', Op.STACK_GLOBAL, callee, undefined, offset)
  else machine.census.push(callee, Op.STACK_GLOBAL, offset)
  stack.size = at
  stack.push(callee, offset)
}

/** Looks at the text of a line like at any other constant. */
function keepConstant(machine: Machine, start: number, opcode: number) {
  const quote = opcode === Op.STRING ? 1 : 0
  const at = start + 1 + quote
  const length = machine.position - 1 - quote - at
  if (length < SHORTEST_CONSTANT) return
  const found = constantAt(machine.window, at, length, machine.base, machine.length)
  if (found) machine.traces.keep({ ...found, line: opcode })
}

/** STRING and UNICODE. */
export function textLine(machine: Machine, opcode: number, start: number) {
  machine.payload = machine.position
  const line = readLine(machine, start)
  if (!line) return
  const offset = machine.base + start
  let text = opcode === Op.STRING ? decodeQuoted(line.bytes) : decodeRawUnicodeEscape(line.bytes)
  if (text === undefined && opcode === Op.STRING) {
    // Python 2 and early Python 3 strip blanks before they look for the quotes.
    text = decodeQuoted(trimmed(line.bytes))
    if (text !== undefined) machine.census.note('string-blanks', '', offset)
  }
  if (text === undefined && !line.cut) return machine.fail('corrupt', `${machine.opcodeName} with bad text`)
  const descriptor = text === undefined ? K.STR_VALUE : K.textDescriptor(text)
  if (descriptor !== K.STR_VALUE) machine.traces.hooksSeen = true
  keepConstant(machine, start, opcode)
  machine.stack.push(descriptor === K.STR_VALUE && opcode === Op.STRING ? K.STR8_VALUE : descriptor, offset)
}

/** INT, LONG and FLOAT. */
export function numberLine(machine: Machine, opcode: number, start: number) {
  machine.payload = machine.position
  const line = readLine(machine, start)
  if (!line) return
  const offset = machine.base + start
  const source = decodeLatin1(line.bytes)
  const number =
    opcode === Op.FLOAT
      ? parseFloatText(source)
      : parseInteger(opcode === Op.LONG ? source.replace(/L$/, '') : source)
  if (!number && !line.cut) return machine.fail('corrupt', `${machine.opcodeName} with bad digits`)
  const bool = opcode === Op.INT && (source === '00' || source === '01')
  // How protocols 0 and 1 write False and True, not octal.
  if (number?.oddity && !bool) machine.census.note(`number-${number.oddity}`, machine.opcodeName, offset)
  const descriptor = bool
    ? source === '01'
      ? K.TRUE_VALUE
      : K.FALSE_VALUE
    : opcode === Op.FLOAT
      ? K.FLOAT_VALUE
      : K.INT_VALUE
  machine.stack.push(descriptor, offset)
}

/** GET and PUT: a memo key in decimal. */
export function nameLine(machine: Machine, opcode: number, start: number) {
  machine.payload = machine.position
  const line = readLine(machine, start)
  if (!line) return
  const key = line.cut ? undefined : parseKey(decodeLatin1(line.bytes))
  if (key === undefined) return machine.fail('corrupt', `${machine.opcodeName} with a bad key`)
  if (opcode === Op.GET) return machine.get(key, start, machine.position - start)
  if (key < 0) return machine.fail('corrupt', 'PUT with a negative key')
  machine.put(key, start, machine.position - start)
}

/** PERSID: the id is the line. */
export function persistentLine(machine: Machine, start: number) {
  machine.payload = machine.position
  const line = readLine(machine, start)
  if (!line) return
  const offset = machine.base + start
  machine.census.persistent(Op.PERSID, [K.STR_VALUE], offset)
  machine.persistent?.(offset, undefined)
  machine.stack.push(K.PERSISTENT_VALUE, offset)
}
