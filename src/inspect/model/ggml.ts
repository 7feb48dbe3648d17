import { ForwardReader } from '../../codec/forward-reader.ts'
import { readLegacyModel } from '../../codec/ggml.ts'
import type { FactCatalogue } from '../../model/fact.ts'
import { byCodePoint } from '../../model/order.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'

const FACTS: FactCatalogue = {
  'ggml.model': {
    about:
      'A model in a format of before GGUF. `magic`: ggml, ggmf, ggjt or ggla; `layout`: llama, whisper or lora.',
    fields: { magic: 'string', version: 'number', layout: 'string', tensors: 'number', types: 'strings' },
  },
}

/** GGML, GGMF, GGJT and GGLA: no table, only one field after the other. */
export const ggml: Inspector = {
  id: 'ggml',
  detect: {
    magic: ['6c6d6767', '666d6767', '746a6767', '616c6767'].map((hex) => ({ offset: 0, hex })),
    suffix: ['.ggml', '.ggmlv3.bin'],
  },
  facts: FACTS,
  inspect,
}

async function* inspect({ bytes }: Opened, { signal }: InspectContext): AsyncGenerator<Emission> {
  const start = new ForwardReader(bytes, 0, signal)
  await start.need(8)
  const magic = Buffer.from(start.bytes(4)).reverse().toString('latin1')
  const version = magic === 'ggml' ? 0 : start.u32()
  const model = await readLegacyModel(magic, version, () => new ForwardReader(bytes, start.offset, signal))
  const types = [...model.types].sort(byCodePoint)
  yield fact('ggml.model', { magic, version, layout: model.layout, tensors: model.tensors, types })
  let read = 0
  for (const { offset, length } of model.data) {
    yield { type: 'span', offset: read, length: offset - read, as: 'inspected' }
    yield { type: 'span', offset, length, as: 'opaque' }
    read = offset + length
  }
  yield { type: 'span', offset: read, length: bytes.size - read, as: 'inspected' }
}
