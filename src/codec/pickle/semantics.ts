import { build, setItems } from './build.ts'
import { inst, method, newObject, obj, reduce } from './calls.ts'
import { importLines, nameLine, numberLine, persistentLine, stackGlobal, textLine } from './imports.ts'
import { uint32, uint64 } from './integers.ts'
import * as K from './kinds.ts'
import { loop } from './loop.ts'
import type { Machine, Semantics } from './machine.ts'
import * as Op from './opcodes.ts'
import { literalOf } from './read-back.ts'
import { sharedAgain, weigh } from './shares.ts'
import { rememberStorage } from './views.ts'

/** The opcodes outside the inner loop, as CPython's C unpickler executes them. */
export const SEMANTICS: Semantics = { loop, execute, method, setItems, sharedAgain, weigh }

function execute(machine: Machine, opcode: number, start: number) {
  const operand = Op.OPERAND[opcode]!
  if (operand === Op.INVALID) return invalid(machine, opcode)
  if (operand & (Op.LINE | Op.LINES)) return line(machine, opcode, start)
  if (operand & Op.PAYLOAD) return payload(machine, opcode, start)
  const { stack } = machine
  const offset = machine.base + start
  switch (opcode) {
    case Op.REDUCE:
      return reduce(machine, start)
    case Op.BUILD:
      return build(machine, start)
    case Op.NEWOBJ:
    case Op.NEWOBJ_EX:
      return newObject(machine, opcode, start)
    case Op.OBJ:
      return obj(machine, start)
    case Op.STACK_GLOBAL:
      return stackGlobal(machine, start)
    case Op.BINPERSID:
      return binaryPersistent(machine, start)
    case Op.PROTO:
      return proto(machine, start)
    case Op.FRAME:
      return frame(machine, start)
    case Op.STOP:
      return stop(machine)
    case Op.EMPTY_SET:
      return stack.push(K.SET_VALUE, offset)
    case Op.NEXT_BUFFER:
      machine.census.note('out-of-band', '', offset)
      return stack.push(K.BUFFER_VALUE, offset)
    case Op.READONLY_BUFFER:
      return stack.size > stack.fence ? undefined : machine.underflow()
    case Op.EXT1:
    case Op.EXT2:
    case Op.EXT4:
      return extension(machine, operand & Op.WIDTH, start)
    default:
      return rearrange(machine, opcode, start)
  }
}

/** Opcodes that only move what is on the stack. */
function rearrange(machine: Machine, opcode: number, start: number) {
  const { stack } = machine
  switch (opcode) {
    case Op.POP:
      return stack.pop() ? undefined : machine.underflow()
    case Op.DUP: {
      if (stack.size <= stack.fence) return machine.underflow()
      const top = stack.descriptors[stack.size - 1]!
      stack.push(top, stack.offsets[stack.size - 1]!)
      if (top >= K.TUPLE_VALUE) machine.pushedAgain(top, start)
      return
    }
    default:
  }
  const height = machine.popMark(start)
  if (height < 0) return
  switch (opcode) {
    case Op.POP_MARK:
      stack.size = height
      return
    case Op.TUPLE:
      return machine.tuple(height, start)
    case Op.LIST:
      return collect(machine, K.LIST_VALUE, height, start)
    case Op.FROZENSET:
      return collect(machine, K.FROZENSET_VALUE, height, start)
    case Op.DICT:
      if ((stack.size - height) & 1) return machine.fail('corrupt', 'DICT with a key without value')
      if (machine.traces.hooksSeen) setItems(machine, height, machine.base + start)
      return collect(machine, K.DICT_VALUE, height, start)
    case Op.ADDITEMS:
      if (height <= stack.fence || height > stack.size) return machine.underflow()
      if (stack.size > height) method(machine, start, stack.descriptors[height - 1]!, 'add')
      machine.fills(height, stack.offsets[height - 1]!, start)
      stack.size = height
      return
    default:
      return invalid(machine, opcode)
  }
}

function collect(machine: Machine, descriptor: number, height: number, start: number) {
  if (height < machine.stack.fence) return machine.underflow()
  machine.fills(height, machine.base + start, start)
  machine.stack.size = height
  machine.stack.push(descriptor, machine.base + start)
}

function line(machine: Machine, opcode: number, start: number) {
  switch (opcode) {
    case Op.GLOBAL:
      return importLines(machine, start, (callee) => {
        machine.census.push(callee, opcode, machine.base + start)
        machine.stack.push(callee, machine.base + start)
      })
    case Op.INST: {
      const height = machine.popMark(start)
      if (height < 0) return
      importLines(machine, start, (callee) => inst(machine, callee, height, start))
      if (machine.status !== 'run' && machine.status !== 'failed') {
        if (machine.stack.fence !== height || machine.stack.markCount === 0) machine.stack.remark(height)
      }
      return
    }
    case Op.STRING:
    case Op.UNICODE:
      return textLine(machine, opcode, start)
    case Op.PERSID:
      return persistentLine(machine, start)
    case Op.GET:
    case Op.PUT:
      return nameLine(machine, opcode, start)
    default:
      return numberLine(machine, opcode, start)
  }
}

function payload(machine: Machine, opcode: number, start: number) {
  const { window } = machine
  const width = Op.OPERAND[opcode]! & Op.WIDTH
  const header = 1 + width
  const at = start + 1
  const length = width === 1 ? window[at]! : width === 4 ? uint32(window, at) : uint64(window, at)
  switch (opcode) {
    case Op.BINUNICODE8:
      return machine.string(start, length, header)
    case Op.BINBYTES8:
      return machine.counted(K.BYTES_VALUE, start, length, header)
    case Op.BYTEARRAY8:
      return machine.counted(K.BYTEARRAY_VALUE, start, length, header)
    case Op.LONG1:
    case Op.LONG4:
      if (opcode === Op.LONG4 && length >= 0x8000_0000)
        return machine.fail('corrupt', 'LONG4 of negative length')
      return machine.counted(K.INT_VALUE, start, length, header)
    default:
      return string8(machine, start, length, header)
  }
}

/** SHORT_BINSTRING and BINSTRING: text or bytes as the reader chooses; hooks are told apart all the same. */
function string8(machine: Machine, start: number, length: number, header: number) {
  const before = machine.stack.size
  machine.string(start, length, header)
  if (machine.stack.size > before && machine.stack.descriptors[before] === K.STR_VALUE) {
    machine.stack.descriptors[before] = K.STR8_VALUE
  }
}

function proto(machine: Machine, start: number) {
  const version = machine.window[start + 1]!
  machine.position = start + 2
  if (version > 5) return machine.fail('corrupt', `protocol ${version} does not exist`)
  const offset = machine.base + start
  if (machine.protocols > 0)
    machine.census.note('protocol-changed', `${machine.protocol} to ${version}`, offset)
  else if (offset !== machine.origin) machine.census.note('protocol-late', String(version), offset)
  machine.protocols++
  machine.protocol = version
  if (version > machine.census.protocol) machine.census.protocol = version
}

/**
 * FRAME: the reader of a file reads so many bytes at once, the reader of bytes takes no notice. Where a frame ends inside
 * an instruction, begins inside another or goes beyond the end of the file, they and Python's `pickle.py` differ.
 */
function frame(machine: Machine, start: number) {
  const length = uint64(machine.window, start + 1)
  const offset = machine.base + start
  machine.position = start + 9
  const from = machine.offset
  if (from < machine.frameEnd && machine.frameEnd !== Number.POSITIVE_INFINITY) {
    machine.census.note('frame-nested', '', offset)
    // A frame inside the open one is part of it; a longer one makes the reader of a file drop the rest of the open one.
    if (from + length > machine.frameEnd) machine.fork(from)
    else return
  }
  machine.frameStart = offset
  machine.frameEnd = machine.frameEnds.get(offset) ?? from + length
  if (machine.frameEnd > machine.size) {
    machine.census.note('frame-beyond-end', '', offset)
    machine.frameEnd = Number.POSITIVE_INFINITY
  }
  // What is behind the frame counts from here, not from a payload before it.
  machine.payload = machine.position
}

function stop(machine: Machine) {
  const { stack } = machine
  if (stack.size <= stack.fence) return machine.fail('corrupt', 'STOP with nothing to return')
  const { offset } = machine
  if (stack.size > 1 || stack.markCount > 0) machine.census.note('leftover-stack', '', offset - 1)
  if (offset < machine.frameEnd && machine.frameEnd !== Number.POSITIVE_INFINITY) {
    machine.census.note('frame-after-stop', '', offset - 1)
  }
  machine.status = 'stop'
}

function extension(machine: Machine, width: number, start: number) {
  const at = start + 1
  const { window } = machine
  machine.position = at + width
  const code =
    width === 1 ? window[at]! : width === 2 ? window[at]! | (window[at + 1]! << 8) : uint32(window, at) | 0
  if (code <= 0) return machine.fail('corrupt', `extension code ${code} cannot exist`)
  machine.census.note('extension', String(code), machine.base + start)
  machine.stack.push(K.EXTENSION_VALUE, machine.base + start)
}

/** Tags of PyTorch's persistent ids and how many parts such an id has, by version. */
const TORCH_IDS: Readonly<Record<string, readonly number[]>> = { storage: [5, 6], module: [4] }

function binaryPersistent(machine: Machine, start: number) {
  const { stack } = machine
  if (stack.size <= stack.fence) return machine.underflow()
  const at = stack.size - 1
  const offset = machine.base + start
  const elements =
    stack.descriptors[at] === K.TUPLE_VALUE ? machine.tuples.find(stack.offsets[at]!) : undefined
  const kinds = [...(elements?.descriptors ?? [stack.descriptors[at]!])]
  if (elements && elements.count > 0 && K.isString(kinds[0]!)) {
    const tag = literalOf(machine, elements.offsets[0]!, start)
    if (!tag) return
    // The two kinds of ids that PyTorch writes; anything else is data.
    const parts = tag.kind === 'str' && Object.hasOwn(TORCH_IDS, tag.value) ? TORCH_IDS[tag.value]! : []
    if (tag.kind === 'str' && parts.includes(elements.count)) {
      kinds[0] = machine.descriptors.literal(tag.value)
      if (tag.value === 'storage') rememberStorage(machine, offset, elements)
    }
  }
  machine.census.persistent(Op.BINPERSID, kinds, offset, elements)
  machine.persistent?.(offset, elements)
  stack.size = at
  stack.push(K.PERSISTENT_VALUE, offset)
}

function invalid(machine: Machine, opcode: number) {
  machine.position = machine.current
  machine.fail('corrupt', `0x${opcode.toString(16).padStart(2, '0')} is no opcode`)
}
