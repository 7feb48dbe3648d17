import { RReader } from '../../codec/r-serialize.ts'
import type { FactCatalogue } from '../../model/fact.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'

const FACTS: FactCatalogue = {
  'r-data.value': {
    about: 'A value, or a workspace of named values, that R serialised.',
    fields: { workspace: 'boolean' },
  },
  'r-data.object': {
    about: 'An object that is more than data: `promise`, `closure`, `call`, `bytecode`, `pointer`, `altrep`.',
    fields: { type: 'string' },
  },
  'r-data.function': {
    about:
      'A function that a call in the data names. `promised`: the data has a promise, so that touching it may run the call.',
    fields: { function: 'string', promised: 'boolean' },
  },
}

/** `.rds`, `.rda`, `.RData`, once their compression is off. Models of R store formulas, calls and closures as a matter of course. */
export const rData: Inspector = {
  id: 'r-data',
  detect: {
    magic: [
      { offset: 0, hex: '580a00000002' },
      { offset: 0, hex: '580a00000003' },
      { offset: 0, hex: '524458320a' },
      { offset: 0, hex: '524458330a' },
      { offset: 0, hex: '524441320a' },
      { offset: 0, hex: '524441330a' },
    ],
    suffix: ['.rds', '.rda', '.rdata'],
  },
  facts: FACTS,
  inspect,
}

async function* inspect({ bytes }: Opened, { meter }: InspectContext): AsyncGenerator<Emission> {
  const head = await bytes.read(0, 5)
  const workspace = head[0] === 0x52
  const reader = new RReader(bytes, workspace ? 5 : 0)
  const functions = new Map<string, { count: number; offset: number }>()
  let promised = false
  yield fact('r-data.value', { workspace })
  try {
    for await (const item of reader.items()) {
      meter.tick()
      if (item.type === 'environment') continue
      if (item.type !== 'symbol') {
        promised ||= item.type === 'promise'
        yield fact('r-data.object', { type: item.type }, { offset: item.offset })
      } else if (item.head) {
        const held = functions.get(item.name)
        if (held) held.count++
        else functions.set(item.name.slice(0, 200), { count: 1, offset: item.offset })
        meter.check('facts', functions.size)
      }
    }
    yield { type: 'span', offset: 0, length: reader.at, as: 'inspected' }
  } finally {
    for (const [name, { count, offset }] of functions) {
      yield { ...fact('r-data.function', { function: name, promised }, { offset }), count }
    }
  }
}
