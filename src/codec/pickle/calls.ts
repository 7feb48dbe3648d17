import { LOADERS } from './constants.ts'
import { noteCode } from './functions.ts'
import { WRAPPERS } from './joblib.ts'
import * as K from './kinds.ts'
import type { Machine } from './machine.ts'
import * as Op from './opcodes.ts'
import { literalOf } from './read-back.ts'
import { type Elements, NO_ELEMENTS } from './stack.ts'
import { checkView } from './views.ts'

/**
 * Text arguments that a list of allowed signatures may ask about, by callable and position: only these are kept, so that
 * ordinary data never multiplies facts.
 */
const LITERAL_ARGUMENTS: Readonly<Record<string, readonly number[]>> = {
  '_codecs.encode': [1],
  'builtins.bytearray': [1],
  'builtins.getattr': [1],
  'cloudpickle.cloudpickle._builtin_type': [0],
  'cloudpickle.cloudpickle.subimport': [0],
  'dill._dill._get_attr': [1],
  'dill._dill._import_module': [0],
  'dill._dill._load_type': [0],
  'importlib.import_module': [0],
  'numpy.random._pickle.__bit_generator_ctor': [0],
  'numpy.random._pickle.__generator_ctor': [0],
  'numpy.random._pickle.__randomstate_ctor': [0],
  'torch.serialization._get_layout': [0],
}

/** Number arguments that say how much memory to allocate. */
const SIZE_ARGUMENTS: Readonly<Record<string, readonly number[]>> = {
  'builtins.bytearray': [0],
  'builtins.bytes': [0],
}

/** A length above this is `int:huge`: no honest pickle makes that many zero bytes by a call. */
const HUGE = 64 * 1024 * 1024
/** Longer literals are no encoding, attribute or type name. */
const LITERAL_CHARS = 128

const RECONSTRUCTOR = 'copyreg._reconstructor'
const NEWOBJ_FUNCTIONS: ReadonlySet<string> = new Set(['copyreg.__newobj__', 'copyreg.__newobj_ex__'])

/** REDUCE: `callable(*args)`. */
export function reduce(machine: Machine, start: number) {
  const { stack } = machine
  if (stack.size - 2 < stack.fence) return machine.underflow()
  const callee = stack.descriptors[stack.size - 2]!
  const args = elementsOf(machine, stack.size - 1)
  if (!callable(callee)) return machine.fail('corrupt', 'REDUCE of what cannot be called')
  if (args === 'no tuple') {
    // The C unpickler wants a tuple; `pickle.py` unpacks anything.
    machine.census.note('arguments-no-tuple', '', machine.base + start)
  }
  const elements = typeof args === 'string' ? undefined : args
  const result = call(machine, 'call', Op.REDUCE, callee, elements, start)
  if (result < 0) return
  stack.size -= 2
  stack.push(result, machine.base + start)
}

/** OBJ: after the mark a class and its arguments. */
export function obj(machine: Machine, start: number) {
  const { stack } = machine
  const before = stack.markCount > 0 ? stack.popMark() : machine.popMark(start)
  if (before < 0) return
  if (stack.size - before < 1) return machine.underflow()
  const callee = stack.descriptors[before]!
  if (!callable(callee)) return machine.fail('corrupt', 'OBJ of what cannot be called')
  const result = call(machine, 'call', Op.OBJ, callee, onStack(machine, before + 1), start)
  if (result < 0) return stack.remark(before)
  stack.size = before
  stack.push(result, machine.base + start)
}

/** INST: an import and a call of it with what follows the mark. */
export function inst(machine: Machine, callee: number, height: number, start: number) {
  const { stack } = machine
  const result = call(machine, 'call', Op.INST, callee, onStack(machine, height), start)
  if (result < 0) return stack.remark(height)
  stack.size = height
  stack.push(result, machine.base + start)
}

/** NEWOBJ and NEWOBJ_EX: `cls.__new__(cls, *args, **kwargs)`. */
export function newObject(machine: Machine, opcode: number, start: number) {
  const { stack } = machine
  const taken = opcode === Op.NEWOBJ ? 2 : 3
  if (stack.size - taken < stack.fence) return machine.underflow()
  const at = stack.size - taken
  const callee = stack.descriptors[at]!
  if (!callable(callee)) return machine.fail('corrupt', `${machine.opcodeName} of what is no class`)
  let args = elementsOf(machine, at + 1)
  if (args === 'no tuple') machine.census.note('arguments-no-tuple', '', machine.base + start)
  if (typeof args !== 'string' && taken === 3) args = joined(args, onStack(machine, at + 2))
  const elements = typeof args === 'string' ? undefined : args
  const result = call(machine, 'new', opcode, callee, elements, start)
  if (result < 0) return
  stack.size = at
  stack.push(result, machine.base + start)
}

function joined(a: Elements, b: Elements): Elements {
  return {
    count: a.count + b.count,
    descriptors: [...a.descriptors, ...b.descriptors],
    offsets: [...a.offsets, ...b.offsets],
  }
}

/** Counts a use and returns the descriptor of its result, or -1 where bytes must be fetched first. */
function call(
  machine: Machine,
  role: 'call' | 'new',
  opcode: number,
  callee: number,
  given: Elements | undefined,
  start: number,
): number {
  const { census, descriptors } = machine
  const offset = machine.base + start
  const name = descriptors.globalOf(callee)?.callable
  const args = given && name ? withLiterals(machine, name, given, start) : given
  if (given && !args) return -1
  if (name && args && !checkView(machine, name, args, start)) return -1
  census.use(role, opcode, callee, args, offset)
  if (name && args) remember(machine, name, args, offset)
  if (args) noteCode(machine, callee, args, offset)
  if (name === RECONSTRUCTOR && args?.count === 3) return reconstruct(machine, args, opcode, offset)
  if (name && NEWOBJ_FUNCTIONS.has(name) && args && args.count > 0) {
    const made = args.descriptors[0]!
    const rest = {
      count: args.count - 1,
      descriptors: args.descriptors.slice(1),
      offsets: args.offsets.slice(1),
    }
    census.use('new', opcode, made, rest, offset)
    return descriptors.object(made)
  }
  return descriptors.object(callee)
}

/** Keeps what later steps need of a call: types, wrappers, and which constants are decoded or loaded. */
function remember(machine: Machine, name: string, args: Elements, offset: number) {
  if (WRAPPERS.has(name)) machine.traces.wrappers = true
  const [first] = args.descriptors
  if (first === undefined) return
  if (name === 'numpy.dtype') return keepLast(machine.traces.dtypes, offset, { args })
  if (name === '_codecs.encode' && K.isString(first))
    return keepLast(machine.traces.encoded, offset, args.offsets[0]!)
  if (!LOADERS.has(name)) return
  if (isConstant(first)) machine.traces.flow(args.offsets[0]!, name)
  const encoded = machine.traces.encoded.get(args.offsets[0]!)
  if (encoded !== undefined) return machine.traces.flow(encoded, name, true)
  const maker = machine.descriptors.makerOf(first)
  if (maker !== undefined && machine.descriptors.callableName(maker) === '_codecs.encode') {
    machine.traces.constantsLost = true // made too long ago: what is loaded is not in sight
  }
}

/** Results remembered; they are used soon after they were made. */
const RESULTS_KEPT = 4096

function keepLast<T>(results: Map<number, T>, offset: number, value: T) {
  results.set(offset, value)
  if (results.size > RESULTS_KEPT) results.delete(results.keys().next().value!)
}

function isConstant(descriptor: number): boolean {
  return K.isString(descriptor) || descriptor === K.BYTES_VALUE || descriptor === K.BYTEARRAY_VALUE
}

/** `copyreg._reconstructor(cls, base, state)`: `base.__new__(cls, state)`, and `base.__init__` unless base is `object`. */
function reconstruct(machine: Machine, args: Elements, opcode: number, offset: number): number {
  const { census, descriptors } = machine
  const [made, base] = [args.descriptors[0]!, args.descriptors[1]!]
  const plain = descriptors.globalOf(base)?.callable === 'builtins.object'
  const state = plain
    ? NO_ELEMENTS
    : { count: 1, descriptors: args.descriptors.slice(2), offsets: args.offsets.slice(2) }
  census.use('new', opcode, made, state, offset)
  if (!plain && base !== made) census.use('new', opcode, base, state, offset)
  return descriptors.object(made)
}

/** Puts literals and sizes into the argument kinds that ask for them; undefined where bytes must be fetched first. */
function withLiterals(machine: Machine, name: string, args: Elements, start: number): Elements | undefined {
  const texts = Object.hasOwn(LITERAL_ARGUMENTS, name) ? LITERAL_ARGUMENTS[name]! : []
  const sizes = Object.hasOwn(SIZE_ARGUMENTS, name) ? SIZE_ARGUMENTS[name]! : []
  if (texts.length === 0 && sizes.length === 0) return args
  const descriptors = [...args.descriptors]
  for (const index of [...texts, ...sizes]) {
    const descriptor = descriptors[index]
    if (descriptor === undefined) continue
    const wanted = texts.includes(index) ? K.isString(descriptor) : descriptor === K.INT_VALUE
    if (!wanted) continue
    const literal = literalOf(machine, args.offsets[index]!, start)
    if (!literal) return undefined
    if (literal.kind === 'str' && literal.length <= LITERAL_CHARS) {
      descriptors[index] = machine.descriptors.literal(literal.value)
    }
    if (literal.kind === 'int' && Math.abs(literal.value) > HUGE) descriptors[index] = K.HUGE_INT
  }
  return { ...args, descriptors }
}

/** The elements of the tuple at a place of the stack. */
function elementsOf(machine: Machine, at: number): Elements | 'unknown' | 'no tuple' {
  const descriptor = machine.stack.descriptors[at]!
  if (descriptor === K.NO_TUPLE) return NO_ELEMENTS
  if (descriptor === K.TUPLE_VALUE) return machine.tuples.find(machine.stack.offsets[at]!) ?? 'unknown'
  return descriptor >= K.FIRST_INTERNED || descriptor >= K.PERSISTENT_VALUE ? 'unknown' : 'no tuple'
}

/** The values of the stack from `from` to the top, as an argument list. */
export function onStack(machine: Machine, from: number): Elements {
  const { stack } = machine
  const end = Math.min(stack.size, from + K.KEPT_ELEMENTS)
  return {
    count: stack.size - from,
    descriptors: Array.from(stack.descriptors.subarray(from, end)),
    offsets: Array.from(stack.offsets.subarray(from, end)),
  }
}

/** May a value of this descriptor be called at all? Plain data never; what we do not know, perhaps. */
function callable(descriptor: number): boolean {
  if (descriptor >= K.FIRST_INTERNED) return true
  return (
    descriptor === K.PERSISTENT_VALUE ||
    descriptor === K.EXTENSION_VALUE ||
    descriptor === K.UNKNOWN_VALUE ||
    descriptor === K.DYNAMIC_GLOBAL
  )
}

/** Methods that `append`, `extend`, `__setitem__` and `add` find on plain values besides list and dict. */
const PLAIN_METHODS: Readonly<Record<string, readonly number[]>> = {
  extend: [K.LIST_VALUE, K.BYTEARRAY_VALUE],
  __setitem__: [K.DICT_VALUE, K.LIST_VALUE, K.BYTEARRAY_VALUE, K.BUFFER_VALUE],
  add: [K.SET_VALUE],
}

/** An opcode that fills containers was applied to an object (whose method it calls) or to an import itself. */
export function method(machine: Machine, start: number, target: number, name: string) {
  if (callable(target)) {
    machine.census.method(target, name, machine.window[start]!, machine.base + start)
  } else if (!PLAIN_METHODS[name]?.includes(target)) {
    machine.fail('corrupt', `${machine.opcodeName} on what has no ${name}`)
  }
}
