import { torch7Items } from '../../codec/torch7.ts'
import type { FactCatalogue } from '../../model/fact.ts'
import { byCodePoint } from '../../model/order.ts'
import { FormatError } from '../../model/trouble.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'

const FACTS: FactCatalogue = {
  'torch7.class': {
    about: 'A class that an object has; loading looks it up by name.',
    fields: { class: 'string' },
  },
  'torch7.function': {
    about:
      'A function: bytecode of Lua that loading turns into a closure. `form`: lua, luajit, source (text that is compiled) or ' +
      'unknown; `mentions`: functions of the system that its constants name.',
    fields: { form: 'string', mentions: 'strings' },
  },
}

/**
 * Torch7's files hold tables, objects and **functions**: `torch.load` hands the dumped bytes to `loadstring`, and bytecode is
 * not checked by Lua. The text form is recognised only.
 */
export const torch7: Inspector = {
  id: 'torch7',
  detect: { probe, suffix: ['.t7', '.torch', '.th7'] },
  facts: FACTS,
  inspect,
}

function probe(head: Uint8Array): 'strong' | 'weak' | 'no' {
  // The text form: a number on each of the first lines.
  if (/^[1-8]\n\d{1,9}\n/.test(Buffer.from(head.subarray(0, 16)).toString('latin1'))) return 'weak'
  if (head.length < 8) return 'no'
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  const [type, index] = [view.getInt32(0, true), view.getInt32(4, true)]
  if (index !== 1 || head.length < 20) return 'no'
  const length = view.getInt32(8, true)
  if (type === 4 && length > 0 && length < 64) {
    const text = Buffer.from(head.subarray(12, 12 + length)).toString('latin1')
    if (/^V \d+$|^(?:torch|nn|cudnn|cunn)\./.test(text)) return 'strong'
  }
  return type === 3 || type === 7 || type === 8 ? 'weak' : 'no'
}

async function* inspect({ bytes }: Opened, { meter, signal }: InspectContext): AsyncGenerator<Emission> {
  if (((await bytes.read(0, 1))[0] ?? 0) >= 0x30)
    throw new FormatError('unsupported', 'the text form of Torch7 is not read')
  const items = torch7Items(bytes, () => meter.tick(), signal)
  let reached = 0
  let step = await items.next()
  for (; !step.done; step = await items.next()) {
    const item = step.value
    const at = { offset: item.at }
    if (item.type === 'class') yield fact('torch7.class', { class: item.name.slice(0, 200) }, at)
    else if (item.type === 'function')
      yield fact('torch7.function', { form: formOf(item.code), mentions: mentions(item.code) }, at)
    else {
      yield { type: 'span', offset: reached, length: item.at - reached, as: 'inspected' }
      yield { type: 'span', offset: item.at, length: item.length, as: 'opaque' }
      reached = item.at + item.length
    }
  }
  yield { type: 'span', offset: reached, length: step.value - reached, as: 'inspected' }
}

function formOf(code: Uint8Array): string {
  const head = Buffer.from(code.subarray(0, 4)).toString('latin1')
  if (head === '\x1bLua') return 'lua'
  if (head.startsWith('\x1bLJ')) return 'luajit'
  return head.startsWith('\x1b') ? 'unknown' : 'source'
}

/** Names that reach the system, as constants hold them: with the bytes around them that no name has. */
const SYSTEM =
  /(?<![\w.])(?:os|io|ffi|debug|package|execute|popen|loadstring|loadfile|dofile|loadlib|setfenv|tmpname)(?![\w])/g

function mentions(code: Uint8Array): string[] {
  const text = Buffer.from(code).toString('latin1')
  return [...new Set(text.match(SYSTEM) ?? [])].sort(byCodePoint).slice(0, 16)
}
