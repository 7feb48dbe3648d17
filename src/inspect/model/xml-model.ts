import { pathForm } from '../../codec/path-form.ts'
import { type XmlToken, xmlText, xmlTokens } from '../../codec/xml.ts'
import { EDGE_DATA } from '../../model/edge-facts.ts'
import type { FactCatalogue } from '../../model/fact.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'
import { Extents } from './extents.ts'

const XML: FactCatalogue = {
  'xml.doctype': {
    about:
      'A document type. `entities`: none, `internal`, `nested` (entities made of entities), or `external`.',
    fields: { entities: 'string' },
  },
  'xml.include': {
    about: 'Something that a reader may fetch: `xinclude`, `schema`, `stylesheet`.',
    fields: { kind: 'string', target: 'string', form: 'string' },
  },
}

/** What every XML document is asked, whatever it describes. */
function* common(token: XmlToken): Generator<Emission> {
  const at = { offset: token.offset }
  if (token.type === 'doctype') {
    const external = /\b(?:SYSTEM|PUBLIC)\b|<!ENTITY\s+%/.test(token.text)
    const entities = [...token.text.matchAll(/<!ENTITY\s+\S+\s+(?:"([^"]*)"|'([^']*)')/g)]
    const nested = entities.some(([, a, b]) => /&\w+;/.test(a ?? b ?? ''))
    const kind = external ? 'external' : nested ? 'nested' : entities.length > 0 ? 'internal' : 'none'
    yield fact('xml.doctype', { entities: kind }, at, token.text.slice(0, 200))
  } else if (token.type === 'instruction' && token.text.startsWith('xml-stylesheet')) {
    const target = /href\s*=\s*["']([^"']*)/.exec(token.text)?.[1] ?? ''
    yield fact(
      'xml.include',
      { kind: 'stylesheet', target: target.slice(0, 500), form: pathForm(target) },
      at,
    )
  } else if (token.type === 'open' && /^(?:\w+:)?include$/.test(token.name) && token.attributes.has('href')) {
    const target = token.attributes.get('href') ?? ''
    yield fact('xml.include', { kind: 'xinclude', target: target.slice(0, 500), form: pathForm(target) }, at)
  }
}

/** The document as tokens, read whole; every byte of it is accounted for. */
async function read({ bytes }: Opened, { meter }: InspectContext): Promise<string> {
  meter.check('jsonBytes', bytes.size)
  return xmlText(await bytes.read(0, bytes.size))
}

function root(pattern: RegExp) {
  return (head: Uint8Array): 'strong' | 'no' => {
    const wide = head[0] === 0xff || head[0] === 0xfe
    const text = Buffer.from(head.subarray(0, 32_768)).toString(wide ? 'utf16le' : 'latin1')
    return /^(?:\ufeff|\xef\xbb\xbf)?\s*<[?!\w]/.test(text) && pattern.test(text) ? 'strong' : 'no'
  }
}

const PMML_FACTS: FactCatalogue = {
  ...XML,
  'pmml.model': {
    about: 'A model in PMML.',
    fields: { version: 'string' },
  },
  'pmml.function': {
    about:
      'A function that the standard does not have: evaluators look it up in vendor libraries or by class name.',
    fields: { function: 'string' },
  },
  'pmml.script': {
    about: 'Text in an extension or value that looks like a script.',
    fields: { element: 'string' },
  },
}

/** Functions of users are defined in the document or are names of Java classes and vendors. */
const FOREIGN = /[.:]|^x-/
const SCRIPT =
  /<script\b|\bRuntime\.getRuntime\b|\bProcessBuilder\b|\b__import__\s*\(|\bos\.system\b|\beval\s*\(/

export const pmml: Inspector = {
  id: 'pmml',
  detect: { probe: root(/<(?:\w+:)?PMML[\s>]/), suffix: ['.pmml'] },
  facts: PMML_FACTS,
  async *inspect(opened, context) {
    let element = ''
    for (const token of xmlTokens(await read(opened, context))) {
      yield* common(token)
      const at = { offset: token.offset }
      if (token.type === 'open') {
        element = token.name
        const name = token.attributes.get('function') ?? ''
        if (token.name === 'PMML')
          yield fact('pmml.model', { version: token.attributes.get('version') ?? '' })
        if (token.name === 'Apply' && FOREIGN.test(name))
          yield fact('pmml.function', { function: name.slice(0, 200) }, at)
      }
      const text =
        token.type === 'text'
          ? token.text
          : token.type === 'open'
            ? (token.attributes.get('value') ?? '')
            : ''
      if (SCRIPT.test(text)) yield fact('pmml.script', { element }, at, text.slice(0, 200))
    }
    yield { type: 'span', offset: 0, length: opened.bytes.size, as: 'inspected' }
  },
}

const OPENVINO_FACTS: FactCatalogue = {
  ...XML,
  ...EDGE_DATA,
  'openvino.model': {
    about: 'A network of OpenVINO.',
    fields: { version: 'string', layers: 'number' },
  },
  'openvino.layer': {
    about: 'A layer of an operator set that the runtime does not bring.',
    fields: { type: 'string', set: 'string' },
  },
  'openvino.violation': {
    about:
      '`duplicate-layer` (readers differ in which counts), `shape` (a dimension or product beyond reason), `number`.',
    fields: { rule: 'string' },
  },
}

const SETS = /^(?:opset\d{1,2}|experimental|util|ie_internal_opset|type_relaxed_opset|gpu_opset)?$/
const HUGE = 2 ** 48

export const openvino: Inspector = {
  id: 'openvino',
  detect: { probe: root(/<net\s[^>]*\bversion\s*=|<net\s*>\s*<layers/) },
  facts: OPENVINO_FACTS,
  async *inspect(opened, context) {
    const ids = [new Set<string>()]
    let layers = 0
    let version = ''
    const extents = new Extents('openvino-weights')
    const weights = opened.artifact.name.replace(/^.*\//, '').replace(/\.xml$/i, '.bin')
    for (const token of xmlTokens(await read(opened, context))) {
      yield* common(token)
      // Bodies of loops number their layers anew.
      if (token.type === 'close' && token.name === 'layers') ids.pop()
      if (token.type !== 'open') continue
      const { name, attributes } = token
      if (name === 'net') version = attributes.get('version') ?? ''
      else if (name === 'layers') ids.push(new Set())
      else if (name === 'layer') {
        layers++
        yield* layer(attributes, ids.at(-1) ?? new Set(), token.offset)
      } else if (name === 'data') {
        yield* data(attributes, token.offset)
        const [offset, size] = [Number(attributes.get('offset')), Number(attributes.get('size'))]
        if (attributes.has('element_type')) extents.see(weights, offset + size)
      }
    }
    yield* extents.facts(true)
    yield fact('openvino.model', { version: version.slice(0, 20), layers })
    yield { type: 'span', offset: 0, length: opened.bytes.size, as: 'inspected' }
  },
}

function* layer(
  attributes: ReadonlyMap<string, string>,
  ids: Set<string>,
  offset: number,
): Generator<Emission> {
  const id = attributes.get('id') ?? ''
  if (ids.has(id)) yield fact('openvino.violation', { rule: 'duplicate-layer' }, { offset }, id.slice(0, 100))
  ids.add(id)
  const set = attributes.get('version') ?? ''
  const type = (attributes.get('type') ?? '').slice(0, 200)
  if (!SETS.test(set)) yield fact('openvino.layer', { type, set: set.slice(0, 100) }, { offset })
}

function* data(attributes: ReadonlyMap<string, string>, offset: number): Generator<Emission> {
  for (const key of ['path', 'library', 'kernel', 'weights', 'bin']) {
    const target = attributes.get(key)
    if (target === undefined || target === '') continue
    const role = key === 'library' || key === 'kernel' ? 'openvino-library' : 'openvino-weights'
    yield fact('edge.data', { target: target.slice(0, 1000), role, form: pathForm(target) }, { offset })
  }
  const shape = attributes.get('shape')
  if (shape && /^[-\d,\s.?]+$/.test(shape)) {
    const dims = shape.split(',').map((d) => Number(d.replace('?', '-1')))
    if (Math.abs(dims.reduce((a, b) => a * b, 1)) > HUGE)
      yield fact('openvino.violation', { rule: 'shape' }, { offset })
  }
  for (const key of ['offset', 'size']) {
    const value = attributes.get(key)
    if (value !== undefined && attributes.has('element_type') && !/^\d{1,15}$/.test(value)) {
      yield fact('openvino.violation', { rule: 'number' }, { offset })
    }
  }
}
