import type { ByteSource } from '../../bytes/source.ts'
import { slice } from '../../bytes/source.ts'
import { FlatBuffer, type Table } from '../../codec/flatbuffers.ts'
import { anonymousName } from '../../model/artifact.ts'
import type { FactCatalogue } from '../../model/fact.ts'
import { FormatError } from '../../model/trouble.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'

const FACTS: FactCatalogue = {
  'executorch.program': {
    about: 'A program of ExecuTorch.',
    fields: { plans: 'number', segments: 'number' },
  },
  'executorch.operator': {
    about: 'An operator that the runtime must have; `namespace` is its library.',
    fields: { operator: 'string', namespace: 'string' },
  },
  'executorch.delegate': {
    about: 'A backend that runs a part of the program in a form of its own.',
    fields: { backend: 'string' },
  },
  'executorch.violation': {
    about:
      'A place outside the file or in conflict with others: `segment-bounds`, `segment-overlap`, `header`.',
    fields: { rule: 'string' },
  },
}

/** Field numbers of program.fbs. */
const PROGRAM = { plans: 1, delegates: 3, segments: 4 }
const PLAN = { operators: 6, delegates: 7 }

/** A FlatBuffer program, and segments of data behind it. */
export const executorch: Inspector = {
  id: 'executorch',
  detect: { magic: [{ offset: 4, hex: '45543132' }], suffix: ['.pte'] },
  facts: FACTS,
  inspect,
}

/** Tensors beside a program: named segments behind a FlatBuffer. Only their places are looked at. */
export const executorchData: Inspector = {
  id: 'executorch-data',
  detect: { magic: [{ offset: 4, hex: '46543031' }], suffix: ['.ptd'] },
  facts: {},
  async *inspect({ bytes }) {
    await new FlatBuffer(bytes).root()
    yield { type: 'span', offset: 0, length: bytes.size, as: 'opaque' }
  },
}

interface Header {
  readonly programSize: number
  readonly segments: number
}

/** The extended header says where the segments begin; files without segments have none. */
async function header(bytes: ByteSource): Promise<Header | undefined> {
  const head = await bytes.read(8, 32)
  if (Buffer.from(head.subarray(0, 4)).toString('latin1') !== 'eh00') return undefined
  if (head.length < 24) throw new FormatError('truncated', 'the extended header is cut short', 8)
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  const [size, base] = [view.getBigUint64(8, true), view.getBigUint64(16, true)]
  const whole = BigInt(bytes.size)
  if (size > whole || base > whole) return { programSize: bytes.size, segments: -1 }
  return { programSize: Number(size), segments: Number(base) }
}

async function* inspect({ bytes }: Opened, { meter }: InspectContext): AsyncGenerator<Emission> {
  const extended = await header(bytes)
  const broken = new Set<string>()
  if (extended?.segments === -1) broken.add('header')
  const flat = new FlatBuffer(bytes)
  const program = await flat.root()
  let plans = 0
  for await (const plan of flat.tables(program, PROGRAM.plans)) {
    plans++
    meter.tick()
    yield* operators(flat, plan)
  }
  const segments = await places(flat, program, bytes, extended, broken)
  for (const rule of broken) yield fact('executorch.violation', { rule })
  yield fact('executorch.program', { plans, segments: segments.length })
  const end =
    extended && extended.segments > 0
      ? extended.programSize
      : Math.max(flat.reached, extended?.programSize ?? 0)
  yield { type: 'span', offset: 0, length: Math.min(end, bytes.size), as: 'inspected' }
  for (const { offset, length } of segments) {
    const inner = slice(bytes, offset, length)
    // What a backend compiled lies here too: programs in it must not hide.
    yield { type: 'child', name: anonymousName(offset), bytes: inner, opaque: true }
    yield { type: 'span', offset, length, as: 'opaque' }
  }
}

async function* operators(flat: FlatBuffer, plan: Table): AsyncGenerator<Emission> {
  for await (const operator of flat.tables(plan, PLAN.operators)) {
    const name = (await flat.string(operator, 0)).slice(0, 200)
    const namespace = /^(.+?)::/.exec(name)?.[1] ?? ''
    yield fact('executorch.operator', { operator: name, namespace }, { offset: operator.at })
  }
  for await (const delegate of flat.tables(plan, PLAN.delegates)) {
    yield fact(
      'executorch.delegate',
      { backend: (await flat.string(delegate, 0)).slice(0, 200) },
      { offset: delegate.at },
    )
  }
}

async function places(
  flat: FlatBuffer,
  program: Table,
  bytes: ByteSource,
  extended: Header | undefined,
  broken: Set<string>,
) {
  const base = BigInt(Math.max(0, extended?.segments ?? 0))
  const found: { offset: number; length: number }[] = []
  for await (const segment of flat.tables(program, PROGRAM.segments)) {
    const [offset, length] = [base + (await flat.unsigned(segment, 0, 8)), await flat.unsigned(segment, 1, 8)]
    if (offset + length > BigInt(bytes.size)) broken.add('segment-bounds')
    else if (length > 0n) found.push({ offset: Number(offset), length: Number(length) })
  }
  const sorted = found.toSorted((a, b) => a.offset - b.offset)
  let reached = Number(base)
  for (const { offset, length } of sorted) {
    if (offset < reached) broken.add('segment-overlap')
    reached = Math.max(reached, offset + length)
  }
  return sorted
}
