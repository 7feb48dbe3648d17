import type { ByteSource } from '../../bytes/source.ts'
import type { Place } from './census.ts'
import type { Descriptors } from './descriptors.ts'
import * as K from './kinds.ts'
import { type Literal, literalAt } from './literals.ts'
import * as Op from './opcodes.ts'
import { decodeLatin1 } from './text.ts'

/** Bytes read back for one argument of a preview, characters and items shown of it. */
const PREVIEW_BYTES = 2048
const PREVIEW_CHARS = 80
const PREVIEW_ITEMS = 4

/** A call as a person would write it, its arguments read back from the file and abbreviated: `os.system('echo inert')`. */
export async function previewCall(
  source: ByteSource,
  descriptors: Descriptors,
  callable: string,
  place: Place,
): Promise<string> {
  const { elements } = place
  if (!elements) return `${callable}(…)`
  const parts: string[] = []
  for (let i = 0; i < Math.min(elements.count, PREVIEW_ITEMS); i++) {
    parts.push(await previewValue(source, descriptors, elements.descriptors[i]!, elements.offsets[i]!))
  }
  if (elements.count > PREVIEW_ITEMS) parts.push('…')
  return `${callable}(${parts.join(', ')})`
}

/** One value: its literal where it is one, else the name of what it is. */
export async function previewValue(
  source: ByteSource,
  descriptors: Descriptors,
  descriptor: number,
  offset: number,
): Promise<string> {
  if (descriptor === K.NO_TUPLE) return '()'
  const global = descriptors.globalOf(descriptor)
  if (global) return printable(global.callable, PREVIEW_CHARS)
  if (descriptors.makerOf(descriptor) !== undefined) {
    return printable(`${descriptors.kindName(descriptor).slice('object:'.length)}(…)`, PREVIEW_CHARS)
  }
  if (descriptor === K.TUPLE_VALUE) return '(…)'
  if (descriptor >= K.DICT_VALUE && descriptor < K.FIRST_HOOK) return `<${K.plainKind(descriptor)}>`
  const bytes = await source.read(offset, PREVIEW_BYTES)
  return valueAt(bytes, { at: 0 })
}

/** Writes the value whose opcode is at the cursor, and moves the cursor behind it; `…` where it is no simple data. */
function valueAt(bytes: Uint8Array, cursor: { at: number }): string {
  const opcode = bytes[cursor.at]
  if (opcode === Op.EMPTY_LIST) return listAt(bytes, cursor)
  const literal = literalAt(bytes, cursor.at)
  const end = endOf(bytes, cursor.at)
  cursor.at = end
  return literal ? previewLiteral(literal) : cutText(bytes, opcode)
}

function listAt(bytes: Uint8Array, cursor: { at: number }): string {
  const items: string[] = []
  cursor.at = behindMemo(bytes, cursor.at + 1)
  const many = bytes[cursor.at] === Op.MARK
  if (many) cursor.at++
  while (items.length <= PREVIEW_ITEMS && cursor.at < bytes.length) {
    const opcode = bytes[cursor.at]!
    if (opcode === Op.APPENDS) return `[${items.join(', ')}]`
    if (!many && opcode === Op.APPEND) {
      cursor.at++
      continue
    }
    if (!literalAt(bytes, cursor.at) && opcode !== Op.EMPTY_LIST) break
    const before = cursor.at
    const item = valueAt(bytes, cursor)
    if (item === '…' || cursor.at <= before) break
    cursor.at = behindMemo(bytes, cursor.at)
    // Without a mark, only what APPEND follows belongs to the list.
    if (!many && bytes[cursor.at] !== Op.APPEND) return `[${items.join(', ')}]`
    items.push(item)
  }
  return `[${[...items, '…'].join(', ')}]`
}

function behindMemo(bytes: Uint8Array, at: number): number {
  const opcode = bytes[at]
  if (opcode === Op.MEMOIZE) return at + 1
  if (opcode === Op.BINPUT) return at + 2
  if (opcode === Op.LONG_BINPUT) return at + 5
  if (opcode !== Op.PUT) return at
  const newline = bytes.indexOf(0x0a, at)
  return newline < 0 ? bytes.length : newline + 1
}

/** Where the instruction at `at` ends; the end of the bytes where that is not in them. */
function endOf(bytes: Uint8Array, at: number): number {
  const operand = Op.OPERAND[bytes[at] ?? 0]!
  const width = operand & Op.WIDTH
  if (operand & Op.LINE) {
    const newline = bytes.indexOf(0x0a, at)
    return newline < 0 ? bytes.length : newline + 1
  }
  let end = at + 1 + width
  if (operand & Op.PAYLOAD) {
    for (let i = 0; i < width; i++) end += (bytes[at + 1 + i] ?? 0) * 256 ** i
  }
  return end
}

/** The beginning of a text that is longer than what was read. */
function cutText(bytes: Uint8Array, opcode: number | undefined): string {
  const operand = Op.OPERAND[opcode ?? 0]!
  if (!(operand & (Op.PAYLOAD | Op.LINE))) return '…'
  const start = 1 + (operand & Op.WIDTH)
  const text = printable(decodeLatin1(bytes.subarray(start, start + PREVIEW_CHARS)), PREVIEW_CHARS)
  const isBytes = opcode === Op.BINBYTES || opcode === Op.BINBYTES8 || opcode === Op.BYTEARRAY8
  return `${isBytes ? 'b' : ''}'${text}…'`
}

function previewLiteral(literal: Literal): string {
  switch (literal.kind) {
    case 'none':
      return 'None'
    case 'bool':
      return literal.value ? 'True' : 'False'
    case 'int':
    case 'float':
      return String(literal.value)
    case 'str':
      return `'${printable(literal.value, PREVIEW_CHARS)}'`
    case 'bytes':
      return `b'${printable(decodeLatin1(literal.value.subarray(0, PREVIEW_CHARS + 1)), PREVIEW_CHARS)}'`
    default:
      return '…'
  }
}

const UNPRINTABLE = /[\\'\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/gu

/** Text that cannot fake anything on a terminal: quotes, controls and invisible characters are escaped as Python would. */
export function printable(text: string, limit: number): string {
  const cut = text.length > limit ? `${text.slice(0, limit)}…` : text
  return cut.replace(UNPRINTABLE, (c) => {
    if (c === '\\' || c === "'") return `\\${c}`
    if (c === '\n') return '\\n'
    const code = c.codePointAt(0)!
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
  })
}
