/** The 68 opcodes of protocols 0–5 and the shape of what follows each (reference section 1.1). */
export const MARK = 0x28
export const EMPTY_TUPLE = 0x29
export const STOP = 0x2e
export const POP = 0x30
export const POP_MARK = 0x31
export const DUP = 0x32
export const BINBYTES = 0x42
export const SHORT_BINBYTES = 0x43
export const FLOAT = 0x46
export const BINFLOAT = 0x47
export const INT = 0x49
export const BININT = 0x4a
export const BININT1 = 0x4b
export const LONG = 0x4c
export const BININT2 = 0x4d
export const NONE = 0x4e
export const PERSID = 0x50
export const BINPERSID = 0x51
export const REDUCE = 0x52
export const STRING = 0x53
export const BINSTRING = 0x54
export const SHORT_BINSTRING = 0x55
export const UNICODE = 0x56
export const BINUNICODE = 0x58
export const EMPTY_LIST = 0x5d
export const APPEND = 0x61
export const BUILD = 0x62
export const GLOBAL = 0x63
export const DICT = 0x64
export const APPENDS = 0x65
export const GET = 0x67
export const BINGET = 0x68
export const INST = 0x69
export const LONG_BINGET = 0x6a
export const LIST = 0x6c
export const OBJ = 0x6f
export const PUT = 0x70
export const BINPUT = 0x71
export const LONG_BINPUT = 0x72
export const SETITEM = 0x73
export const TUPLE = 0x74
export const SETITEMS = 0x75
export const EMPTY_DICT = 0x7d
export const PROTO = 0x80
export const NEWOBJ = 0x81
export const EXT1 = 0x82
export const EXT2 = 0x83
export const EXT4 = 0x84
export const TUPLE1 = 0x85
export const TUPLE2 = 0x86
export const TUPLE3 = 0x87
export const NEWTRUE = 0x88
export const NEWFALSE = 0x89
export const LONG1 = 0x8a
export const LONG4 = 0x8b
export const SHORT_BINUNICODE = 0x8c
export const BINUNICODE8 = 0x8d
export const BINBYTES8 = 0x8e
export const EMPTY_SET = 0x8f
export const ADDITEMS = 0x90
export const FROZENSET = 0x91
export const NEWOBJ_EX = 0x92
export const STACK_GLOBAL = 0x93
export const MEMOIZE = 0x94
export const FRAME = 0x95
export const BYTEARRAY8 = 0x96
export const NEXT_BUFFER = 0x97
export const READONLY_BUFFER = 0x98

/** Bytes of fixed operand after the opcode, and what follows them: text to a newline, two such lines, or a payload. */
type Operand = readonly [fixed: 0 | 1 | 2 | 4 | 8, then: 'none' | 'line' | 'lines' | 'payload']

const OPERANDS: Readonly<Record<string, readonly [code: number, ...Operand]>> = {
  MARK: [MARK, 0, 'none'],
  EMPTY_TUPLE: [EMPTY_TUPLE, 0, 'none'],
  STOP: [STOP, 0, 'none'],
  POP: [POP, 0, 'none'],
  POP_MARK: [POP_MARK, 0, 'none'],
  DUP: [DUP, 0, 'none'],
  BINBYTES: [BINBYTES, 4, 'payload'],
  SHORT_BINBYTES: [SHORT_BINBYTES, 1, 'payload'],
  FLOAT: [FLOAT, 0, 'line'],
  BINFLOAT: [BINFLOAT, 8, 'none'],
  INT: [INT, 0, 'line'],
  BININT: [BININT, 4, 'none'],
  BININT1: [BININT1, 1, 'none'],
  LONG: [LONG, 0, 'line'],
  BININT2: [BININT2, 2, 'none'],
  NONE: [NONE, 0, 'none'],
  PERSID: [PERSID, 0, 'line'],
  BINPERSID: [BINPERSID, 0, 'none'],
  REDUCE: [REDUCE, 0, 'none'],
  STRING: [STRING, 0, 'line'],
  BINSTRING: [BINSTRING, 4, 'payload'],
  SHORT_BINSTRING: [SHORT_BINSTRING, 1, 'payload'],
  UNICODE: [UNICODE, 0, 'line'],
  BINUNICODE: [BINUNICODE, 4, 'payload'],
  EMPTY_LIST: [EMPTY_LIST, 0, 'none'],
  APPEND: [APPEND, 0, 'none'],
  BUILD: [BUILD, 0, 'none'],
  GLOBAL: [GLOBAL, 0, 'lines'],
  DICT: [DICT, 0, 'none'],
  APPENDS: [APPENDS, 0, 'none'],
  GET: [GET, 0, 'line'],
  BINGET: [BINGET, 1, 'none'],
  INST: [INST, 0, 'lines'],
  LONG_BINGET: [LONG_BINGET, 4, 'none'],
  LIST: [LIST, 0, 'none'],
  OBJ: [OBJ, 0, 'none'],
  PUT: [PUT, 0, 'line'],
  BINPUT: [BINPUT, 1, 'none'],
  LONG_BINPUT: [LONG_BINPUT, 4, 'none'],
  SETITEM: [SETITEM, 0, 'none'],
  TUPLE: [TUPLE, 0, 'none'],
  SETITEMS: [SETITEMS, 0, 'none'],
  EMPTY_DICT: [EMPTY_DICT, 0, 'none'],
  PROTO: [PROTO, 1, 'none'],
  NEWOBJ: [NEWOBJ, 0, 'none'],
  EXT1: [EXT1, 1, 'none'],
  EXT2: [EXT2, 2, 'none'],
  EXT4: [EXT4, 4, 'none'],
  TUPLE1: [TUPLE1, 0, 'none'],
  TUPLE2: [TUPLE2, 0, 'none'],
  TUPLE3: [TUPLE3, 0, 'none'],
  NEWTRUE: [NEWTRUE, 0, 'none'],
  NEWFALSE: [NEWFALSE, 0, 'none'],
  LONG1: [LONG1, 1, 'payload'],
  LONG4: [LONG4, 4, 'payload'],
  SHORT_BINUNICODE: [SHORT_BINUNICODE, 1, 'payload'],
  BINUNICODE8: [BINUNICODE8, 8, 'payload'],
  BINBYTES8: [BINBYTES8, 8, 'payload'],
  EMPTY_SET: [EMPTY_SET, 0, 'none'],
  ADDITEMS: [ADDITEMS, 0, 'none'],
  FROZENSET: [FROZENSET, 0, 'none'],
  NEWOBJ_EX: [NEWOBJ_EX, 0, 'none'],
  STACK_GLOBAL: [STACK_GLOBAL, 0, 'none'],
  MEMOIZE: [MEMOIZE, 0, 'none'],
  FRAME: [FRAME, 8, 'none'],
  BYTEARRAY8: [BYTEARRAY8, 8, 'payload'],
  NEXT_BUFFER: [NEXT_BUFFER, 0, 'none'],
  READONLY_BUFFER: [READONLY_BUFFER, 0, 'none'],
}

/** Operand codes of `OPERAND`, by opcode: the width of the fixed part in the low bits, the rest as flags. */
export const WIDTH = 0x0f
export const LINE = 0x10
export const LINES = 0x20
export const PAYLOAD = 0x40
export const INVALID = 0x80

export const OPERAND: Uint8Array = new Uint8Array(256).fill(INVALID)
export const OPCODE_NAMES: readonly string[] = Array.from({ length: 256 }, (_, code) => nameOf(code))

const FLAG = { none: 0, line: LINE, lines: LINES, payload: PAYLOAD } as const
for (const [code, fixed, then] of Object.values(OPERANDS)) OPERAND[code] = fixed | FLAG[then]

function nameOf(code: number): string {
  const entry = Object.entries(OPERANDS).find(([, [c]]) => c === code)
  return entry ? entry[0] : `0x${code.toString(16).padStart(2, '0')}`
}
