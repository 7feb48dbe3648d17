import { isAlias, isMap, isNode, isScalar, isSeq, parseAllDocuments } from 'yaml'
import type { Json } from '../model/fact.ts'
import { FormatError } from '../model/trouble.ts'

/** Longer documents are data, not manifests. */
const PARSED = 2 * 1024 * 1024
/** Values with aliases written out. */
const MOST_VALUES = 500_000

export interface YamlValues {
  readonly documents: readonly Json[]
  readonly errors: number
  /** Repeated keys, as JSON pointers. */
  readonly duplicates: readonly string[]
  readonly comments: readonly string[]
}

/** The values of a YAML stream, as a safe loader would build them: tags are ignored, aliases copied within bounds. */
export function yamlValues(text: string): YamlValues {
  if (text.length > PARSED)
    throw new FormatError('limit', `YAML of more than ${PARSED} characters is not read as values`)
  try {
    return new ValueReader().read(text)
  } catch (error) {
    if (error instanceof RangeError) throw new FormatError('limit', 'YAML nested too deeply')
    throw error
  }
}

class ValueReader {
  readonly #duplicates: string[] = []
  readonly #comments: string[] = []
  readonly #anchors = new Map<string, unknown>()
  readonly #open = new Set<unknown>()
  #left = MOST_VALUES

  read(text: string): YamlValues {
    const documents = parseAllDocuments(text, { uniqueKeys: false, prettyErrors: false, logLevel: 'silent' })
    let errors = 0
    const values: Json[] = []
    for (const document of documents) {
      errors += document.errors.length
      this.#anchors.clear()
      this.#note(document)
      values.push(this.#value(document.contents, ''))
    }
    return { documents: values, errors, duplicates: this.#duplicates, comments: this.#comments }
  }

  #note(item: unknown): void {
    if (typeof item !== 'object' || item === null) return
    for (const key of ['commentBefore', 'comment'] as const) {
      const text: unknown = Reflect.get(item, key)
      if (typeof text === 'string' && this.#comments.length < 10_000) this.#comments.push(text)
    }
  }

  #value(node: unknown, pointer: string): Json {
    if (--this.#left < 0) throw new FormatError('limit', 'YAML with too many values')
    if (isAlias(node)) {
      const target = this.#anchors.get(node.source)
      // A value inside itself has no end.
      return target === undefined || this.#open.has(target) ? null : this.#value(target, pointer)
    }
    if (!isNode(node)) return null
    if (node.anchor) this.#anchors.set(node.anchor, node)
    this.#note(node)
    if (isScalar(node)) return scalar(node.value)
    this.#open.add(node)
    let value: Json = null
    if (isSeq(node)) value = node.items.map((item, index) => this.#value(item, `${pointer}/${index}`))
    else if (isMap(node)) value = this.#map(node.items, pointer)
    this.#open.delete(node)
    return value
  }

  #map(items: readonly { readonly key: unknown; readonly value?: unknown }[], pointer: string): Json {
    const result = Object.create(null) as Record<string, Json>
    for (const { key, value } of items) {
      this.#note(key)
      const name = this.#value(key, pointer)
      const text = typeof name === 'string' ? name : JSON.stringify(name)
      const place = `${pointer}/${text.replaceAll('~', '~0').replaceAll('/', '~1')}`
      if (text in result && this.#duplicates.length < 64) this.#duplicates.push(place)
      const built = this.#value(value, place)
      if (text === '<<' && typeof built === 'object' && built !== null && !Array.isArray(built)) {
        for (const [k, v] of Object.entries(built)) if (!(k in result)) result[k] = v as Json
      } else result[text] = built
    }
    return result
  }
}

function scalar(value: unknown): Json {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  return value === undefined ? null : String(value)
}
