import { memorySource } from '../../bytes/memory.ts'
import { readJson } from '../../codec/json.ts'
import {
  everyKey,
  isObject,
  listOf,
  objectOf,
  type Placed,
  textOf,
  textsOf,
} from '../../codec/json-values.ts'
import { anonymousName } from '../../model/artifact.ts'
import { EDGE_FACTS } from '../../model/edge-facts.ts'
import type { FactCatalogue } from '../../model/fact.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'

const FACTS: FactCatalogue = {
  'serialised-json.object': {
    about:
      'What a library makes an object of when it reads the document. `system`: jsonpickle or langchain; `does`: call (a callable ' +
      'with arguments), evaluate (text as code), object (a class is imported and filled), secret (an environment variable is read).',
    fields: { system: 'string', does: 'string', name: 'string' },
  },
  'serialised-json.expression': {
    about:
      'Texts that MONAI and its like evaluate as Python, because they begin with `$`; `reaches`: one of them names what runs commands, ' +
      'imports by name or unpickles.',
    fields: { expressions: 'number', reaches: 'boolean' },
  },
  ...EDGE_FACTS,
}

/** Longest document of expressions that is handed to the inspector of code. */
const EXPRESSIONS = 1024 * 1024
const NEEDLES = ['"py/', '"lc"', '"_target_"', '\\u00', '\\/']

/**
 * JSON that is more than data: jsonpickle's tags, LangChain's constructors, `_target_` of Hydra and MONAI with its expressions.
 * Runs beside whatever else reads the document, and counts only where there is such a key.
 */
export const serialisedJson: Inspector = {
  id: 'serialised-json',
  detect: {
    probe: (head) =>
      /^(?:\ufeff)?\s*[{[]/.test(Buffer.from(head.subarray(0, 256)).toString()) ? 'trial' : 'no',
  },
  facts: FACTS,
  inspect,
}

async function* inspect({ bytes }: Opened, { meter, signal }: InspectContext): AsyncGenerator<Emission> {
  // Other inspectors tell what is too long or no JSON; here such a document is just none of these.
  if (bytes.size > meter.limits.jsonBytes || !(await mentions(bytes, signal))) return
  meter.hold(bytes.size)
  try {
    const { value } = readJson(await bytes.read(0, bytes.size), meter.limits, true)
    const expressions: string[] = []
    let isConfiguration = false
    for (const place of everyKey(value)) {
      yield* jsonpickle(place)
      yield* langchain(place)
      if (place.key === '_target_' && typeof place.value === 'string') {
        isConfiguration = true
        yield imported(place.value, 'instantiate', place.pointer)
      }
      for (const text of textsOf(place.value))
        if (/^\$(?![{$\d])./.test(text)) expressions.push(text.slice(1).replaceAll(/\s+/g, ' '))
    }
    if (isConfiguration && expressions.length > 0) yield* evaluated(expressions)
    yield { type: 'span', offset: 0, length: bytes.size, as: 'inspected' }
  } finally {
    meter.release(bytes.size)
  }
}

/** A quick look for keys that matter, or for escapes that could spell one. */
async function mentions(bytes: Opened['bytes'], signal: AbortSignal): Promise<boolean> {
  let tail = Buffer.alloc(0)
  for await (const chunk of bytes.stream(signal)) {
    const text = Buffer.concat([tail, chunk])
    if (NEEDLES.some((needle) => text.includes(needle))) return true
    tail = text.subarray(Math.max(0, text.length - 16))
  }
  return false
}

/** What no bundle needs; what else its expressions do, the inspector of code tells. */
const REACHES =
  /__\w+__|\b(?:eval|exec|compile)\s*\(|\bos\.(?:system|popen|exec\w*|spawn\w*|posix_spawn\w*)\b|\b(?:subprocess|importlib|pickle|ctypes|socket|runpy|pty)\b/

function* evaluated(expressions: readonly string[]): Generator<Emission> {
  const found = expressions.find((text) => REACHES.test(text))
  const data = { expressions: expressions.length, reaches: found !== undefined }
  yield fact('serialised-json.expression', data, undefined, (found ?? expressions[0] ?? '').slice(0, 200))
  // `$import x` is a statement; every other one is an expression, and both stand on a line of their own.
  const source = expressions.join('\n').slice(0, EXPRESSIONS)
  const code = memorySource(new TextEncoder().encode(`${source}\n`))
  yield { type: 'child', name: anonymousName('expressions.py'), bytes: code, format: 'python' }
}

/** https://jsonpickle.readthedocs.io: tags that decoding imports, calls or (before 1.5) evaluates. */
function* jsonpickle({ key, value, pointer }: Placed): Generator<Emission> {
  if (!key.startsWith('py/')) return
  const tell = (does: string, name: string) =>
    fact('serialised-json.object', { system: 'jsonpickle', does, name: name.slice(0, 200) }, { pointer })
  if (key === 'py/repr') yield tell('evaluate', textOf(value))
  else if (key === 'py/reduce') {
    const [callable] = listOf(value)
    const { 'py/type': type, 'py/function': named } = objectOf(callable)
    yield tell('call', textOf(type) || textOf(named))
  } else if (key === 'py/object' || key === 'py/type' || key === 'py/function' || key === 'py/mod') {
    const name = textOf(value)
    if (key === 'py/object') yield tell('object', name)
    if (name !== '') yield imported(name.replace(/^.*\/(?=.)/, ''), 'jsonpickle', pointer)
  }
}

/** Packages whose classes LangChain's `load` takes; other names are refused unless the caller adds them. */
const TRUSTED = /^langchain(?:_\w+)?$/

function* langchain({ key, value, owner, pointer }: Placed): Generator<Emission> {
  if (key !== 'lc' || value !== 1) return
  const place = { pointer: pointer.slice(0, -'/lc'.length) }
  const id = textsOf(owner.id)
  const tell = (does: string) => {
    const name = id.join('.').slice(0, 200)
    return fact('serialised-json.object', { system: 'langchain', does, name }, place)
  }
  if (owner.type === 'secret') yield tell('secret')
  else if (owner.type === 'constructor' && id.length > 0) {
    yield tell('object')
    if (!TRUSTED.test(id[0] ?? '')) yield imported(id.join('.'), 'langchain', place.pointer)
    // A prompt in such a document may be a Jinja template, which LangChain renders.
    const { template, template_format } = objectOf(isObject(owner.kwargs) ? owner.kwargs : undefined)
    if (template_format === 'jinja2' && typeof template === 'string') {
      const content = memorySource(new TextEncoder().encode(template))
      yield { type: 'child', name: anonymousName(pointer), bytes: content, format: 'chat-template' }
    }
  }
}

function imported(name: string, role: string, pointer: string): Emission {
  return fact('edge.import', { callable: name.slice(0, 300), role }, { pointer })
}
