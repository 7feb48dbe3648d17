import { type ByteSource, slice } from '../../bytes/source.ts'
import type { ProtoDecoder } from '../../codec/protobuf.ts'
import { anonymousName } from '../../model/artifact.ts'
import { type Emission, fact } from '../inspector.ts'

/** Smaller bulk data is not worth a span of its own. */
const BULK = 4096
/** Bytes of an unknown field that could be something. */
const WORTH_A_LOOK = 16

/** After a message was decoded: what it was that we stepped over, and the bytes that the schema does not explain. */
export async function* accounted(decoder: ProtoDecoder, bytes: ByteSource): AsyncGenerator<Emission> {
  for (const { issue, message, field, name, range } of decoder.oddities) {
    if (issue === 'repeated') {
      const part = name === 'graph' || name === 'graph_def' || name === 'node' ? 'graph' : 'other'
      yield fact('protobuf.repeated', { message, field: name, part }, range)
      continue
    }
    yield fact('protobuf.unknown', { message, field, issue }, range)
    if (range.length >= WORTH_A_LOOK) {
      const inner = slice(bytes, range.offset, range.length)
      yield { type: 'child', name: anonymousName(range.offset), bytes: inner }
    }
  }
  let reached = 0
  for (const { offset, length } of decoder.bulk) {
    if (length < BULK || offset < reached) continue
    yield { type: 'span', offset: reached, length: offset - reached, as: 'inspected' }
    yield { type: 'span', offset, length, as: 'opaque' }
    reached = offset + length
  }
  yield { type: 'span', offset: reached, length: bytes.size - reached, as: 'inspected' }
}
