import { slice } from '../../bytes/source.ts'
import { decodeName } from '../../codec/names.ts'
import { descriptorAt, readLocal } from '../../codec/zip/member.ts'
import { DECODERS, methodName } from '../../codec/zip/methods.ts'
import { FLAG, type LocalHeader } from '../../codec/zip/records.ts'
import { anonymousName } from '../../model/artifact.ts'
import { type Emission, fact } from '../inspector.ts'
import { example, nameFacts } from './names.ts'
import type { ZipState } from './zip-state.ts'

const STEP = 1024 * 1024

/**
 * Members that only readers of streams see (uv before CVE-2025-54368, Java streams, bsdtar): local headers in a range
 * that no directory lists. A range that holds an end record is an archive of its own; the engine makes it one.
 */
export async function* unlisted(state: ZipState, from: number, to: number): AsyncGenerator<Emission> {
  let at = from
  let outside = from
  while (at < to) {
    const found = await find(state, 'PK\x03\x04', at, to)
    const header = found === undefined ? undefined : await readLocal(state.window, found)
    if (found === undefined || !header) {
      if (found === undefined) break
      at = found + 4
      continue
    }
    if (found > outside) yield* stray(state, outside, found)
    const end = yield* member(state, { ...header, name: header.name.slice() }, found, to)
    state.ranges.add(found, end)
    at = end
    outside = end
  }
  if (to > outside) yield* stray(state, outside, to)
}

/** A range of no record. It is left uncovered, so the engine looks at it. */
export async function* stray(state: ZipState, from: number, to: number): AsyncGenerator<Emission> {
  if (await isZero(state, from, to)) return
  const where = from === 0 ? 'before' : to >= state.bytes.size ? 'after' : 'between'
  yield fact('entry.outside', { where }, { offset: from, length: to - from })
}

async function* member(
  state: ZipState,
  header: LocalHeader,
  at: number,
  to: number,
): AsyncGenerator<Emission, number> {
  const name = decodeName(header.name)
  if (state.hasDirectory) yield fact('entry.unlisted', {}, { offset: at }, example(name))
  yield* nameFacts(name, 'member', { offset: at })
  const start = at + header.length
  yield* state.spans.add(at, header.length, 'inspected')
  const late = (header.flags & FLAG.descriptor) !== 0 && header.compressed === 0
  const stated = Math.min(start + header.compressed, to)
  const limit = late ? to : stated
  if (header.flags & FLAG.encrypted) {
    yield fact('entry.encrypted', { where: 'local', plain: false }, { offset: at }, example(name))
    yield* state.spans.add(start, limit - start, 'unproven', 'encrypted')
    return limit
  }
  const decoder = DECODERS[header.method]
  const child = name === '' ? anonymousName(at) : name
  let end = limit
  if (header.method === 0) {
    if (late) end = await storedEnd(state, start, to)
    yield { type: 'child', name: child, bytes: slice(state.bytes, start, end - start) }
    yield* state.spans.add(start, end - start, 'inspected')
  } else if (decoder) {
    const decoding = decoder(slice(state.bytes, start, limit - start), header.size, state.context.meter)
    yield { type: 'child', name: child, bytes: decoding }
    const { decoded } = decoding
    if (decoded) end = start + decoded.consumed
    yield* state.spans.add(start, end - start, 'inspected')
    if (late && decoded) {
      const sums = { crc32: decoded.crc32, compressed: decoded.consumed, size: decoded.size }
      const { length } = await descriptorAt(state.window, end, sums)
      yield* state.spans.add(end, length, 'inspected')
      end += length
    }
  } else {
    yield fact(
      'entry.method',
      { method: methodName(header.method), supported: false },
      { offset: at },
      example(name),
    )
    yield* state.spans.add(start, limit - start, 'unproven', 'unsupported')
  }
  return end
}

/** A stored member of unknown length reaches to the next record. */
async function storedEnd(state: ZipState, from: number, to: number): Promise<number> {
  const descriptor = await find(state, 'PK\x07\x08', from, to)
  const header = await find(state, 'PK\x03\x04', from, descriptor ?? to)
  return header ?? descriptor ?? to
}

/** Position of a signature in a range. */
export async function find(
  state: ZipState,
  signature: string,
  from: number,
  to: number,
): Promise<number | undefined> {
  const overlap = signature.length - 1
  for (let at = from; at < to; at += STEP) {
    const chunk = await state.bytes.read(at, Math.min(STEP + overlap, to - at), state.context.signal)
    const found = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).indexOf(signature, 0, 'latin1')
    if (found >= 0) return at + found
  }
  return undefined
}

async function isZero(state: ZipState, from: number, to: number): Promise<boolean> {
  for (let at = from; at < to; at += STEP) {
    const chunk = await state.bytes.read(at, Math.min(STEP, to - at), state.context.signal)
    for (let i = 0; i < chunk.length; i++) if (chunk[i] !== 0) return false
  }
  return true
}
