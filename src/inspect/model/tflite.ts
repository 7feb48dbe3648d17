import { FlatBuffer, type Table } from '../../codec/flatbuffers.ts'
import type { FactCatalogue } from '../../model/fact.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'

const FACTS: FactCatalogue = {
  'tflite.model': {
    about: 'A TensorFlow Lite model.',
    fields: { version: 'number', subgraphs: 'number', tensors: 'number', operators: 'number' },
  },
  'tflite.custom-operator': {
    about:
      'An operator that the runtime does not bring. `kind`: `flex` (an operator of TensorFlow, then `operator` is its ' +
      'name there), `task` (of the Lite task libraries), or `custom`.',
    fields: { operator: 'string', kind: 'string' },
  },
  'tflite.violation': {
    about:
      'An index or place that leads outside what it is for: `buffer`, `tensor`, `operator`, `subgraph`, `shape`, ' +
      '`buffer-bounds`; `recursion` where subgraphs call each other in a ring.',
    fields: { rule: 'string' },
  },
  'tflite.metadata': {
    about: 'A named entry of metadata.',
    fields: { name: 'string' },
  },
}

/** Field numbers of schema.fbs, which are its order. */
const MODEL = { version: 0, operatorCodes: 1, subgraphs: 2, buffers: 4, metadata: 6 }
const CODE = { deprecated: 0, custom: 1, builtin: 3 }
const SUBGRAPH = { tensors: 0, inputs: 1, outputs: 2, operators: 3 }
const TENSOR = { shape: 0, buffer: 2 }
const OPERATOR = { code: 0, inputs: 1, outputs: 2, optionsType: 3, options: 4 }
const BUFFER = { data: 0, offset: 1, size: 2 }
/** BuiltinOptions whose fields name subgraphs, and how many. */
const CALLS: Readonly<Record<number, number>> = { 16: 1, 92: 2, 93: 2, 103: 1 }
const CUSTOM = 32

/** A FlatBuffer of operators over tensors; libraries verify it only when asked to. */
export const tflite: Inspector = {
  id: 'tflite',
  detect: { magic: [{ offset: 4, hex: '54464c33' }], suffix: ['.tflite', '.lite'] },
  facts: FACTS,
  inspect,
}

interface Counts {
  readonly buffers: number
  readonly codes: number
  readonly subgraphs: number
  tensors: number
  operators: number
  readonly broken: Set<string>
  readonly calls: number[][]
}

async function* inspect({ bytes }: Opened, { meter }: InspectContext): AsyncGenerator<Emission> {
  const flat = new FlatBuffer(bytes)
  const model = await flat.root()
  yield* operators(flat, model)
  const length = async (field: number) => (await flat.vector(model, field)).length
  const counts: Counts = {
    buffers: await length(MODEL.buffers),
    codes: await length(MODEL.operatorCodes),
    subgraphs: await length(MODEL.subgraphs),
    tensors: 0,
    operators: 0,
    broken: new Set(),
    calls: [],
  }
  for await (const subgraph of flat.tables(model, MODEL.subgraphs)) {
    meter.tick()
    await graph(flat, subgraph, counts)
  }
  const opaque = await buffers(flat, model, bytes.size, counts)
  if (isRing(counts.calls)) counts.broken.add('recursion')
  for (const rule of counts.broken) yield fact('tflite.violation', { rule })
  for await (const entry of flat.tables(model, MODEL.metadata)) {
    yield fact('tflite.metadata', { name: (await flat.string(entry, 0)).slice(0, 200) }, { offset: entry.at })
  }
  const { subgraphs, tensors, operators: total } = counts
  const version = Number(await flat.unsigned(model, MODEL.version))
  yield fact('tflite.model', { version, subgraphs, tensors, operators: total })
  yield { type: 'span', offset: 0, length: Math.min(flat.reached, bytes.size), as: 'inspected' }
  for (const { offset, length: size } of opaque) yield { type: 'span', offset, length: size, as: 'opaque' }
}

async function* operators(flat: FlatBuffer, model: Table): AsyncGenerator<Emission> {
  for await (const code of flat.tables(model, MODEL.operatorCodes)) {
    const name = (await flat.string(code, CODE.custom)).slice(0, 200)
    // Old files have the code in a byte, new ones in an int; a reader takes the larger.
    const builtin = Math.max(await flat.int(code, CODE.deprecated, 1), await flat.int(code, CODE.builtin))
    if (builtin !== CUSTOM && name === '') continue
    const isFlex = name.startsWith('Flex')
    const kind = isFlex ? 'flex' : name.startsWith('TFLite_') ? 'task' : 'custom'
    const operator = isFlex ? name.slice(4) : name
    yield fact('tflite.custom-operator', { operator, kind }, { offset: code.at })
  }
}

async function graph(flat: FlatBuffer, subgraph: Table, counts: Counts): Promise<void> {
  const tensors = (await flat.vector(subgraph, SUBGRAPH.tensors)).length
  counts.tensors += tensors
  for await (const tensor of flat.tables(subgraph, SUBGRAPH.tensors)) {
    if ((await flat.unsigned(tensor, TENSOR.buffer)) >= counts.buffers) counts.broken.add('buffer')
    let elements = 1n
    for await (const dimension of flat.ints(tensor, TENSOR.shape)) {
      if (dimension < -1) counts.broken.add('shape')
      elements *= BigInt(Math.max(1, dimension))
      if (elements > 1n << 48n) counts.broken.add('shape')
    }
  }
  const within = async (table: Table, field: number) => {
    // -1 is an input that is left out.
    for await (const index of flat.ints(table, field))
      if (index < -1 || index >= tensors) counts.broken.add('tensor')
  }
  await within(subgraph, SUBGRAPH.inputs)
  await within(subgraph, SUBGRAPH.outputs)
  const calls: number[] = []
  for await (const operator of flat.tables(subgraph, SUBGRAPH.operators)) {
    counts.operators++
    if ((await flat.unsigned(operator, OPERATOR.code)) >= counts.codes) counts.broken.add('operator')
    await within(operator, OPERATOR.inputs)
    await within(operator, OPERATOR.outputs)
    const called = CALLS[Number(await flat.unsigned(operator, OPERATOR.optionsType, 1))] ?? 0
    const options = called > 0 ? await flat.table(operator, OPERATOR.options) : undefined
    for (let i = 0; options && i < called; i++) calls.push(await flat.int(options, i))
  }
  if (calls.some((index) => index < 0 || index >= counts.subgraphs)) counts.broken.add('subgraph')
  counts.calls.push(calls)
}

/** Where the bulk data lies: in the FlatBuffer, or behind it in models above 2 GB. */
async function buffers(flat: FlatBuffer, model: Table, size: number, counts: Counts) {
  const opaque: { offset: number; length: number }[] = []
  for await (const buffer of flat.tables(model, MODEL.buffers)) {
    const { at, length } = await flat.vector(buffer, BUFFER.data, 1)
    if (length >= 4096) opaque.push({ offset: at, length })
    const [offset, bytes] = [
      await flat.unsigned(buffer, BUFFER.offset, 8),
      await flat.unsigned(buffer, BUFFER.size, 8),
    ]
    // Offsets 0 and 1 stand for none.
    if (offset <= 1n) continue
    if (offset + bytes > BigInt(size)) counts.broken.add('buffer-bounds')
    else opaque.push({ offset: Number(offset), length: Number(bytes) })
  }
  return opaque
}

/** Does a subgraph call itself, through others or not? A runtime that follows it overflows its stack. */
function isRing(calls: readonly (readonly number[])[]): boolean {
  const state = new Map<number, 'open' | 'done'>()
  for (let start = 0; start < calls.length; start++) {
    const stack = [{ graph: start, next: 0 }]
    if (state.has(start)) continue
    state.set(start, 'open')
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const called = calls[top.graph]?.[top.next++]
      if (called === undefined) {
        state.set(top.graph, 'done')
        stack.pop()
      } else if (state.get(called) === 'open') return true
      else if (!state.has(called)) {
        state.set(called, 'open')
        stack.push({ graph: called, next: 0 })
      }
    }
  }
  return false
}
