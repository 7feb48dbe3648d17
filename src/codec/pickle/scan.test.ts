import { describe, expect, test } from 'vitest'
import { memorySource } from '../../bytes/memory.ts'
import { Meter } from '../../bytes/meter.ts'
import { DEFAULT_LIMITS } from '../../model/limits.ts'
import { OPCODE_NAMES, OPERAND } from './opcodes.ts'
import { recognisePickle } from './probe.ts'
import { type PickleScan, scanPickle } from './scan.ts'

/** Bytes from text and numbers: one char is one byte. */
function bytes(...parts: (string | number)[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part) => (typeof part === 'number' ? [part] : [...Buffer.from(part, 'latin1')])),
  )
}

/** What the stream runs and imports, one line each: `call os.system(str) REDUCE`. */
function uses({ census, descriptors }: PickleScan): string[] {
  return [...census.uses()].map((use) => {
    const args = use.args?.map((arg) => descriptors.kindName(arg)).join(', ') ?? '?'
    const run = use.role === 'reference' ? '' : `(${args})`
    return `${use.role} ${descriptors.callableName(use.callee)}${run} ${OPCODE_NAMES[use.opcode]}`
  })
}

const notes = ({ census }: PickleScan) => [...census.notes()].map((n) => `${n.about} ${n.detail}`.trim())
const methods = ({ census, descriptors }: PickleScan) =>
  [...census.methods()].map((m) => `${descriptors.kindName(m.target)}.${m.method}`)
const scan = (...parts: (string | number)[]) => scanPickle(memorySource(bytes(...parts)))

const STACK_GLOBAL = 0x93
const OS_SYSTEM = '\x8c\x02os\x8c\x06system\x93'
const COMMAND = '\x8c\x0aecho inert'
const SYSTEM = 'call os.system(str) REDUCE'

test('there are 68 opcodes', () => {
  expect(OPERAND.filter((operand) => operand !== 0x80)).toHaveLength(68)
})

describe('every opcode that makes a value', () => {
  const values: readonly [opcode: string, kind: string, ...parts: (string | number)[]][] = [
    ['INT', 'int', 'I-5\n'],
    ['INT true', 'bool', 'I01\n'],
    ['LONG', 'int', 'L123456789012345678901234567890L\n'],
    ['BININT', 'int', 'J\x01\x02\x03\x84'],
    ['BININT1', 'int', 'K\x07'],
    ['BININT2', 'int', 'M\x07\x01'],
    ['LONG1', 'int', 0x8a, '\x03abc'],
    ['LONG4', 'int', 0x8b, '\x03\0\0\0abc'],
    ['FLOAT', 'float', 'F-1.5e3\n'],
    ['BINFLOAT', 'float', 'G\x3f\xf0\0\0\0\0\0\0'],
    ['NONE', 'none', 'N'],
    ['NEWTRUE', 'bool', 0x88],
    ['NEWFALSE', 'bool', 0x89],
    ['STRING', 'str', "S'a\\x41\\n'\n"],
    ['BINSTRING', 'str', 'T\x02\0\0\0ab'],
    ['SHORT_BINSTRING', 'str', 'U\x02ab'],
    ['UNICODE', 'str', 'Va\\u0041\n'],
    ['BINUNICODE', 'str', 'X\x02\0\0\0ab'],
    ['SHORT_BINUNICODE', 'str', 0x8c, '\x02ab'],
    ['BINUNICODE8', 'str', 0x8d, '\x02\0\0\0\0\0\0\0ab'],
    ['BINBYTES', 'bytes', 'B\x02\0\0\0ab'],
    ['SHORT_BINBYTES', 'bytes', 'C\x02ab'],
    ['BINBYTES8', 'bytes', 0x8e, '\x02\0\0\0\0\0\0\0ab'],
    ['BYTEARRAY8', 'bytearray', 0x96, '\x02\0\0\0\0\0\0\0ab'],
    ['NEXT_BUFFER', 'buffer', 0x97],
    ['READONLY_BUFFER', 'buffer', 0x97, 0x98],
    ['EMPTY_TUPLE', 'tuple', ')'],
    ['TUPLE1', 'tuple', 'N', 0x85],
    ['TUPLE2', 'tuple', 'NN', 0x86],
    ['TUPLE3', 'tuple', 'NNN', 0x87],
    ['TUPLE', 'tuple', '(NNNNt'],
    ['EMPTY_LIST, APPEND, APPENDS', 'list', ']Na(NNe'],
    ['LIST', 'list', '(Nl'],
    ['EMPTY_DICT, SETITEM, SETITEMS', 'dict', '}K\x01Ns(K\x02Nu'],
    ['DICT', 'dict', '(K\x01Nd'],
    ['EMPTY_SET, ADDITEMS', 'set', 0x8f, '(K\x01', 0x90],
    ['FROZENSET', 'frozenset', '(K\x01', 0x91],
    ['GLOBAL', 'global:a.b', 'ca\nb\n'],
    ['STACK_GLOBAL', 'global:a.b', 'U\x01aU\x01b', STACK_GLOBAL],
    ['INST', 'object:a.b', '(ia\nb\n'],
    ['OBJ', 'object:a.b', '(ca\nb\no'],
    ['NEWOBJ', 'object:a.b', 'ca\nb\n)', 0x81],
    ['NEWOBJ_EX', 'object:a.b', 'ca\nb\n)}', 0x92],
    ['REDUCE', 'object:a.b', 'ca\nb\n)R'],
    ['BUILD', 'object:a.b', 'ca\nb\n)R}b'],
    ['PERSID', 'persistent', 'Pid\n'],
    ['BINPERSID', 'persistent', 'K\x01Q'],
    ['EXT1', 'global:<extension>', 0x82, 1],
    ['EXT2', 'global:<extension>', 0x83, 1, 0],
    ['EXT4', 'global:<extension>', 0x84, 1, 0, 0, 0],
    ['MARK, POP, DUP, POP_MARK', 'int', '(0K\x01(NN120'],
    ['PUT, GET', 'int', 'K\x01p7\n0g7\n'],
    ['BINPUT, BINGET', 'int', 'K\x01q\x070h\x07'],
    ['LONG_BINPUT, LONG_BINGET', 'int', 'K\x01r\x07\x01\0\x000j\x07\x01\0\0'],
    ['MEMOIZE', 'int', 'K\x01', 0x94, '0h\0'],
    ['PROTO, FRAME', 'int', 0x80, 4, 0x95, '\x02\0\0\0\0\0\0\0K\x01'],
  ]
  test.each(values)('%s makes a %s', async (_name, kind, ...parts) => {
    // The value becomes the argument of a call, whose fact then says its kind.
    const found = await scan('cprobe\nf\n', ...parts, 0x85, 'R.')
    expect(uses(found)).toContain(`call probe.f(${kind}) REDUCE`)
    expect(found.pickles).toEqual([{ offset: 0, end: found.end, complete: true }])
  })
})

describe('calls', () => {
  test.each([
    ['protocol 0', "cos\nsystem\n(S'echo inert'\ntR."],
    [
      'names through the memo',
      `\x8c\x02os\x940\x8c\x06system\x94h\x000h\x002${'0'}h\x000h\0h\x01\x93${COMMAND}\x85R.`,
    ],
    ['escaped names', `V\\u006fs\nS'\\x73ystem'\n\x93${COMMAND}\x85R.`],
    ['a result that is thrown away', `${OS_SYSTEM}${COMMAND}\x85R0N.`],
    ['after an empty mark', `(0${OS_SYSTEM}${COMMAND}\x85R.`],
    ['in the second pickle', `N.${OS_SYSTEM}${COMMAND}\x85R.`],
    ['before the stream breaks', `${OS_SYSTEM}${COMMAND}\x85R\xff`],
  ])('%s', async (_name, stream) => {
    expect(uses(await scan(stream))).toContain(SYSTEM)
  })

  test('a global that is never run is a reference, counted once for each time it is left', async () => {
    const found = await scan('(cos\nsystem\n2', 'l.')
    expect(uses(found)).toEqual(['reference os.system GLOBAL'])
    expect([...found.census.uses()][0]?.count).toBe(2)
  })

  test('copyreg makes objects of the class it is given', async () => {
    const found = await scan('ccopy_reg\n_reconstructor\n(cm\nC\nc__builtin__\nobject\nNtR.')
    expect(uses(found)).toContain('new m.C() REDUCE')
    expect(uses(found)).not.toContain('reference m.C GLOBAL')
  })

  test('the result of a call can be called', async () => {
    const found = await scan(
      'cbuiltins\ngetattr\n(cos\nsystem\nU\x05xtRU\x01a\x85R.'.replace('\x05x', '\x01x'),
    )
    expect(uses(found)).toContain('call builtins.getattr()(str) REDUCE')
  })

  test('APPEND and SETITEM on what is no container are method calls', async () => {
    expect(methods(await scan('csys\npath\nNa0csys\nmodules\nNNs.'))).toEqual([
      'global:sys.path.extend',
      'global:sys.modules.__setitem__',
    ])
  })

  test('a name that is computed is dynamic', async () => {
    const found = await scan('U\x02oscbuiltins\nstr\n)R', STACK_GLOBAL, '.')
    expect(uses(found)).toContain('reference <dynamic> STACK_GLOBAL')
  })

  test('a million equal calls are one entry', async () => {
    const found = await scan('(', 'ca\nb\n)R'.repeat(10_000), 't.')
    expect([...found.census.uses()].map((use) => use.count)).toEqual([10_000])
  })
})

describe('readings', () => {
  test('a string that crosses a frame is read as the reader of a file and of bytes would', async () => {
    const found = await scan(
      0x80,
      4,
      0x95,
      '\x0d\0\0\0\0\0\0\0',
      `Vcollections_os\n\x8c\x06system\x93${COMMAND}\x85R.`,
    )
    expect(uses(found)).toEqual(['call collections_os.system(str) REDUCE', SYSTEM])
    expect(notes(found)).toContain('frame-straddle UNICODE')
  })

  test('a longer frame inside a frame throws away the rest of the outer one', async () => {
    const inner = `${OS_SYSTEM}${COMMAND}\x85R.`
    const frame = (length: number) => bytes(0x95, length, 0, 0, 0, 0, 0, 0, 0)
    const outer = frame(12)
    const hidden = frame(inner.length)
    const stream = Uint8Array.from([0x80, 4, ...outer, ...hidden, ...bytes('N0N', inner)])
    expect(uses(await scanPickle(memorySource(stream)))).toContain(SYSTEM)
  })

  test('numbers that a decimal reader takes for others', async () => {
    expect(notes(await scan('I0x1f\n.'))).toEqual(['number-base INT'])
    expect(notes(await scan('I7\0x\n.'))).toEqual(['number-nul INT'])
  })

  test('a memo that only a reused unpickler has', async () => {
    const found = await scan(`${OS_SYSTEM}q\x00.h\0${COMMAND}\x85R.`)
    expect(uses(found)).toContain(SYSTEM)
  })

  test('bytes behind a broken stream are not claimed', async () => {
    const found = await scan('N.junk')
    expect(found.end).toBe(2)
    const broken = await scan('ca\nb\n\xffN.')
    expect(broken.end).toBe(5)
    expect(broken.damage).toHaveLength(1)
  })
})

describe('bounds', () => {
  test('a payload longer than the file is cut, not read', async () => {
    const found = await scan('N0', 0x8e, '\xff\xff\xff\xff\xff\xff\x0f\0')
    expect(found.damage[0]?.kind).toBe('truncated')
  })

  test('a far memo key costs nothing and is noted', async () => {
    expect(notes(await scan('Nr\xfe\xff\xff\x7f.'))).toContain('memo-far')
  })

  test('a name, a string and a call may lie anywhere around the end of a window', async () => {
    const call = `${OS_SYSTEM}${COMMAND}\x85R.`
    for (let shift = 0; shift < 40; shift++) {
      const padding = 512 * 1024 - 40 + shift
      const found = await scan('N', '\x88'.repeat(padding), call)
      expect(uses(found), `shift ${shift}`).toEqual([SYSTEM])
    }
  })

  test('a line longer than a window ends where its newline is', async () => {
    const found = await scan(`V${'a'.repeat(1_200_000)}\n0${OS_SYSTEM}${COMMAND}\x85R.`)
    expect(uses(found)).toEqual([SYSTEM])
  })
})

describe('recognition', () => {
  test.each([
    ['a pickle', 'strong', '\x80\x04N.'],
    ['a call without PROTO', 'strong', "cos\nsystem\n(S'x'\ntR."],
    ['data without PROTO', 'strong', '(dp0\n.'],
    ['prose', 'no', 'The quick brown fox jumps over the lazy dog.\n'],
    ['words that begin with c', 'weak', 'cat\ncattle\nchair\nzebra\n'],
    ['JSON', 'no', '{"a": [1, 2, 3]}'],
    ['a zip', 'no', 'PK\x03\x04abc\n'],
    ['nothing', 'no', ''],
  ])('%s is %s', (_name, strength, content) => {
    expect(recognisePickle(bytes(content))).toBe(strength)
  })
})

test('a memo beyond the limit ends the pickle, and what was found before stands', async () => {
  const meter = new Meter({ ...DEFAULT_LIMITS, memoEntries: 1000 }, 0)
  const many = new Array<string>(400_000).fill('N\x940').join('')
  const result = await scanPickle(memorySource(bytes('cos\nsystem\n', many, 'N.')), { meter })
  expect(uses(result)).toEqual(['reference os.system GLOBAL'])
  expect(result.damage.map(({ kind }) => kind)).toEqual(['limit'])
})
