import { memorySource } from '../../bytes/memory.ts'
import { type ByteSource, slice } from '../../bytes/source.ts'
import { claimIn } from '../../codec/claims.ts'
import { codeIn, fileIn } from '../../codec/hidden-code.ts'
import { readTensorHeader, SAFETENSORS_HEADER, type TensorHeader } from '../../codec/safetensors.ts'
import { anonymousName } from '../../model/artifact.ts'
import type { FactCatalogue } from '../../model/fact.ts'
import { byCodePoint } from '../../model/order.ts'
import { PROPERTY_FACTS, property } from '../../model/property-facts.ts'
import { FormatError } from '../../model/trouble.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'

const FACTS: FactCatalogue = {
  'safetensors.header': {
    about: 'What the header describes. `parameters` is a decimal string: it may exceed 2^53.',
    fields: { tensors: 'number', parameters: 'string', dtypes: 'strings', metadata: 'number' },
  },
  'safetensors.violation': {
    about:
      'A rule of the reference reader that the file breaks (formats 4.1). `accepted`: that reader takes it all the same.',
    fields: { rule: 'string', accepted: 'boolean' },
  },
  'safetensors.metadata': {
    about: 'A metadata string that looks like code or is unusually long.',
    fields: { key: 'string', trait: 'string' },
  },
  ...PROPERTY_FACTS,
}

/** The reference reader takes these, so a file that has one can be loaded. */
const ACCEPTED = new Set([
  'duplicate-tensor',
  'duplicate-metadata-key',
  'unknown-field',
  'leading-space',
  'long-padding',
])

/** Training tools store their whole set-up in one string, tens of kilobytes; megabytes are something else. */
const LONG_METADATA = 1024 * 1024

/** An 8-byte length, a JSON header, and tensor bytes that nothing interprets. */
export const safetensors: Inspector = {
  id: 'safetensors',
  detect: { probe, suffix: ['.safetensors'] },
  facts: FACTS,
  inspect,
}

const SPACES = new Set([0x20, 0x09, 0x0a, 0x0d])

/** A plausible length and a brace behind it. A length that the reference refuses is a weak match: the name decides. */
function probe(head: Uint8Array, _tail: Uint8Array, size: number): 'strong' | 'weak' | 'no' {
  if (head.length < 9 || size < 9) return 'no'
  let at = 8
  while (SPACES.has(head[at] ?? 0)) at++
  if (head[at] !== 0x7b) return head[at] === 0x5b && head[7] === 0 ? 'weak' : 'no'
  const length = new DataView(head.buffer, head.byteOffset).getBigUint64(0, true)
  if (length >= 2n && length <= BigInt(SAFETENSORS_HEADER)) return 'strong'
  // Text has no byte below tab.
  return head.subarray(0, 8).some((byte) => byte < 9) ? 'weak' : 'no'
}

async function* inspect({ bytes }: Opened, { meter }: InspectContext): AsyncGenerator<Emission> {
  const prefix = await bytes.read(0, 8)
  if (prefix.length < 8) {
    yield violation('header-too-small')
    throw new FormatError('truncated', 'shorter than the length of its header', prefix.length)
  }
  const declared = new DataView(prefix.buffer, prefix.byteOffset).getBigUint64(0, true)
  if (declared > BigInt(SAFETENSORS_HEADER)) yield violation('header-too-large')
  if (declared > BigInt(bytes.size - 8)) {
    yield violation('header-length')
    throw new FormatError('truncated', `a header of ${declared} bytes does not fit in the file`, 0)
  }
  const length = Number(declared)
  meter.check('jsonBytes', length)
  meter.hold(length)
  try {
    const json = await bytes.read(8, length)
    const header = readTensorHeader(json, bytes.size - 8 - length, meter.limits.jsonDepth)
    yield* describe(header, 8 + length)
    yield* data(bytes, 8 + length)
  } finally {
    meter.release(length)
  }
}

async function* describe(header: TensorHeader, dataOffset: number): AsyncGenerator<Emission> {
  for (const { rule, name, offset } of header.violations) yield violation(rule, name, 8 + offset)
  yield* metadata(header)
  if (header.broken) {
    yield violation('header-json')
    throw header.broken
  }
  yield fact('safetensors.header', {
    tensors: header.tensors,
    parameters: header.parameters.toString(),
    dtypes: [...header.dtypes].sort(byCodePoint),
    metadata: header.metadata.size,
  })
  yield* measured(header)
  yield { type: 'span', offset: 0, length: dataOffset, as: 'inspected' }
  for (const { start, end } of header.owned) {
    yield { type: 'span', offset: dataOffset + start, length: end - start, as: 'opaque' }
  }
  const missing = header.violations.find(({ rule }) => rule === 'beyond-end')
  if (missing)
    yield { type: 'damage', kind: 'truncated', message: `tensor ${missing.name} ends beyond the file` }
}

/** Parameters are counted over what the header describes, not read from a name. */
function* measured({ parameters, dtypes }: TensorHeader): Generator<Emission> {
  const types = [...dtypes].sort(byCodePoint).flatMap((type) => property('dtype', type, 'measured'))
  for (const draft of [...property('parameters', parameters, 'measured'), ...types])
    yield { type: 'fact', ...draft }
}

/** All tensors as one opaque member, so that what begins like another format is looked at. */
function* data(bytes: ByteSource, offset: number): Generator<Emission> {
  if (offset >= bytes.size) return
  const tensors = slice(bytes, offset, bytes.size - offset)
  yield { type: 'child', name: anonymousName(offset), bytes: tensors, opaque: true }
}

function violation(rule: string, name = '', offset = 0) {
  return fact('safetensors.violation', { rule, accepted: ACCEPTED.has(rule) }, { offset }, name.slice(0, 200))
}

/** Long strings are only stated: LoRA trainers embed whole configurations. */
async function* metadata({ metadata }: TensorHeader): AsyncGenerator<Emission> {
  for (const [key, { value, offset }] of metadata) {
    const at = { offset: 8 + offset }
    const name = key.slice(0, 200)
    if (value.length > LONG_METADATA) yield fact('safetensors.metadata', { key: name, trait: 'long' }, at)
    const claim = claimIn(key, value)
    if (claim) yield fact('signature.claim', claim, at)
    const code = codeIn(value)
    if (code !== undefined) yield fact('safetensors.metadata', { key: name, trait: 'code' }, at, code)
    const embedded = fileIn(value)
    if (embedded) {
      yield { type: 'child', name: anonymousName(`__metadata__.${key}`), bytes: memorySource(embedded) }
    }
  }
}
