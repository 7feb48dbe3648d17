import { readJson } from '../../codec/json.ts'
import { listOf, objectOf, opensObject, textOf } from '../../codec/json-values.ts'
import { mxnetArrays } from '../../codec/mxnet.ts'
import type { FactCatalogue, FactShape, Json } from '../../model/fact.ts'
import { FormatError } from '../../model/trouble.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'

const VIOLATION: FactShape = {
  about:
    'An array that cannot be (`storage`, `dimensions`, `negative`, `type`, `beyond`), other names than arrays (`names`), or a ' +
    'node of a graph whose inputs are none (`input`).',
  fields: { rule: 'string' },
}
const FACTS: FactCatalogue = {
  'mxnet.parameters': { about: 'A list of arrays.', fields: { arrays: 'number', names: 'number' } },
  'mxnet.violation': VIOLATION,
}

/** `.params`: arrays and their names. MXNet was retired in 2023; its reader trusts the lengths. */
export const mxnet: Inspector = {
  id: 'mxnet',
  detect: { magic: [{ offset: 0, hex: '12010000000000000000000000000000' }], suffix: ['.params'] },
  facts: FACTS,
  async *inspect({ bytes }, { meter, signal }) {
    const list = mxnetArrays(bytes, (arrays) => meter.check('entries', arrays), signal)
    let [reached, arrays] = [0, 0]
    let step = await list.next()
    for (; !step.done; step = await list.next()) {
      meter.tick()
      const { at, issue, data } = step.value
      if (issue) yield fact('mxnet.violation', { rule: issue }, { offset: at })
      for (const range of data) {
        yield { type: 'span', ...range, as: 'opaque' }
        yield { type: 'span', offset: reached, length: range.offset - reached, as: 'inspected' }
        reached = range.offset + range.length
      }
      arrays++
      if (issue) throw new FormatError('corrupt', 'an array whose numbers cannot be', at)
    }
    const { names, end } = step.value
    if (names.length !== arrays && names.length > 0) yield fact('mxnet.violation', { rule: 'names' })
    yield fact('mxnet.parameters', { arrays, names: names.length })
    yield { type: 'span', offset: reached, length: end - reached, as: 'inspected' }
  },
}

const SYMBOL_FACTS: FactCatalogue = {
  'mxnet-symbol.graph': { about: 'A graph of MXNet.', fields: { nodes: 'number', version: 'number' } },
  'mxnet-symbol.operator': {
    about:
      'An operator that runs more than a kernel of MXNet: `pointer` (an address in its attributes is called), `custom` (a class ' +
      'of Python that is registered under `name`).',
    fields: { operator: 'string', does: 'string', name: 'string' },
  },
  'mxnet-symbol.violation': VIOLATION,
}

/** `*-symbol.json`: nodes, which of them are arguments, and the outputs. */
export const mxnetSymbol: Inspector = {
  id: 'mxnet-symbol',
  detect: {
    probe: (head) =>
      opensObject(head) &&
      /^\s*\{\s*"nodes"\s*:\s*\[\s*\{[\s\S]{0,400}?"op"\s*:[\s\S]{0,400}?"name"\s*:/.test(
        Buffer.from(head).toString('latin1'),
      )
        ? 'strong'
        : 'no',
    suffix: ['-symbol.json'],
  },
  facts: SYMBOL_FACTS,
  inspect,
}

async function* inspect({ bytes }: Opened, { meter }: InspectContext): AsyncGenerator<Emission> {
  meter.check('jsonBytes', bytes.size)
  meter.hold(bytes.size)
  try {
    const { value } = readJson(await bytes.read(0, bytes.size), meter.limits, true)
    yield { type: 'span', offset: 0, length: bytes.size, as: 'inspected' }
    yield* graph(value)
  } finally {
    meter.release(bytes.size)
  }
}

function* graph(root: Json): Generator<Emission> {
  const nodes = listOf(objectOf(root).nodes)
  for (const [index, node] of nodes.entries()) {
    const { op, attrs, attr, param, inputs } = objectOf(node)
    const pointer = { pointer: `/nodes/${index}` }
    const attributes = { ...objectOf(param), ...objectOf(attr), ...objectOf(attrs) }
    yield* operator(textOf(op), attributes, pointer)
    // An input is a node before this one, and which of its outputs.
    const isSound = listOf(inputs).every((input) => isIndex(listOf(input)[0], index))
    if (!isSound) yield fact('mxnet-symbol.violation', { rule: 'input' }, pointer)
  }
  const { mxnet_version } = objectOf(objectOf(root).attrs)
  const version = Number(listOf(mxnet_version)[1] ?? 0)
  yield fact('mxnet-symbol.graph', { nodes: nodes.length, version: Number.isFinite(version) ? version : 0 })
}

function isIndex(value: Json | undefined, below: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < below
}

function* operator(
  name: string,
  attributes: { readonly [key: string]: Json },
  at: { readonly pointer: string },
): Generator<Emission> {
  const told = (does: string, custom: string) =>
    fact('mxnet-symbol.operator', { operator: name.slice(0, 100), does, name: custom.slice(0, 200) }, at)
  // Both take the address of a structure of callbacks as text.
  if (name === '_Native' || name === '_NDArray') yield told('pointer', textOf(attributes.info))
  else if (name === 'Custom') yield told('custom', textOf(attributes.op_type))
}
