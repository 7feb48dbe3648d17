/**
 * What the machine knows of a value is one 32-bit descriptor: a plain kind, a string whose text is an attribute name of
 * consequence, or (from `FIRST_INTERNED`) an entry of `Descriptors`: an imported global, what a call of it made, a
 * literal. Together with the offset of the opcode that made the value it fills 12 bytes per stack and 5 per memo entry; the
 * value itself stays in the file.
 */
export const ABSENT = 0
export const NONE_VALUE = 1
export const FALSE_VALUE = 2
export const TRUE_VALUE = 3
export const INT_VALUE = 4
/** An integer of 2^31 or more by text or length: the size argument of a memory bomb. */
export const HUGE_INT = 5
export const FLOAT_VALUE = 6
export const STR_VALUE = 7
/** A Python 2 string: `str` or `bytes` as the reader's `encoding` says. */
export const STR8_VALUE = 8
export const BYTES_VALUE = 9
export const BYTEARRAY_VALUE = 10
export const BUFFER_VALUE = 11
export const TUPLE_VALUE = 12
export const NO_TUPLE = 13
export const LIST_VALUE = 14
export const DICT_VALUE = 15
export const SET_VALUE = 16
export const FROZENSET_VALUE = 17
export const PERSISTENT_VALUE = 18
/** An object of the extension registry: a global that the file does not name. */
export const EXTENSION_VALUE = 19
export const UNKNOWN_VALUE = 20
/** A global whose module or name is no literal string. */
export const DYNAMIC_GLOBAL = 21

/** Names as the lists of allowed arguments spell them (ARCHITECTURE: "A rule file"). */
const KIND_NAMES: readonly string[] = [
  'unknown',
  'none',
  'bool',
  'bool',
  'int',
  'int:huge',
  'float',
  'str',
  'str',
  'bytes',
  'bytearray',
  'buffer',
  'tuple',
  'tuple',
  'list',
  'dict',
  'set',
  'frozenset',
  'persistent',
  'global:<extension>',
  'unknown',
  'global:<dynamic>',
]

/**
 * Attribute names that turn later opcodes into calls when BUILD or a slot state sets them: methods the unpickler itself
 * looks up (`append`, `extend`, `add`, `__setitem__`, `__setstate__`, `__getinitargs__`, `__new__`) and those Python
 * looks up behind the scenes.
 */
export const HOOKS: readonly string[] = [
  '__setstate__',
  '__dict__',
  '__class__',
  '__reduce__',
  '__reduce_ex__',
  '__getattr__',
  '__getattribute__',
  '__setattr__',
  '__setitem__',
  '__getitem__',
  '__getinitargs__',
  '__del__',
  '__call__',
  '__new__',
  '__init__',
  '__code__',
  '__globals__',
  '__builtins__',
  '__defaults__',
  '__kwdefaults__',
  '__bases__',
  '__module__',
  '__hash__',
  '__eq__',
  '__len__',
  '__iter__',
  // NumPy calls it on instances, and so does the rebuilding of a pandas index.
  '__array__',
  'append',
  'extend',
  'add',
]

/** Elements kept of one argument list; `types.CodeType` takes 18, the longest of any framework. */
export const KEPT_ELEMENTS = 64

/** Descriptors from here up do not fit a memo entry and are held beside it: the file imports more than most. */
export const WIDE = 0xff

export const FIRST_HOOK = 32
export const FIRST_INTERNED = 64

const HOOK_OF = new Map(HOOKS.map((name, index) => [name, FIRST_HOOK + index]))
export const LONGEST_HOOK = Math.max(...HOOKS.map((name) => name.length))

/** The descriptor of a text string: its own where the text is one of `HOOKS`. */
export function textDescriptor(text: string): number {
  return HOOK_OF.get(text) ?? STR_VALUE
}

/** Can a string of this length that begins with these two bytes be one of `HOOKS`? A filter for the inner loop. */
export function beginsLikeHook(first: number, second: number, length: number): boolean {
  if (first === 0x5f) return second === 0x5f // __
  if (first === 0x61) return (length === 6 && second === 0x70) || (length === 3 && second === 0x64) // append, add
  return first === 0x65 && length === 6 && second === 0x78 // extend
}

/** The same for UTF-8 bytes in place; called only for strings that begin like a hook. */
export function bytesDescriptor(buffer: Uint8Array, start: number, length: number): number {
  if (length > LONGEST_HOOK || start + length > buffer.length) return STR_VALUE
  return textDescriptor(String.fromCharCode(...buffer.subarray(start, start + length)))
}

export function hookName(descriptor: number): string {
  return HOOKS[descriptor - FIRST_HOOK] ?? '<unknown>'
}

export function isString(descriptor: number): boolean {
  return (
    descriptor === STR_VALUE ||
    descriptor === STR8_VALUE ||
    (descriptor >= FIRST_HOOK && descriptor < FIRST_INTERNED)
  )
}

/** Kind of a descriptor below `FIRST_INTERNED`. */
export function plainKind(descriptor: number): string {
  return descriptor >= FIRST_HOOK ? 'str' : (KIND_NAMES[descriptor] ?? 'unknown')
}
