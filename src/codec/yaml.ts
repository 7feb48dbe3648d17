import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, type Node, parseAllDocuments } from 'yaml'
import type { At } from '../model/fact.ts'
import { FormatError } from '../model/trouble.ts'

/** Longer documents are data, and are searched for tags line by line instead. */
const PARSED = 2 * 1024 * 1024

export interface YamlTag {
  /** Expanded: `tag:yaml.org,2002:python/object/apply:os.system`, or `!include`. */
  readonly tag: string
  readonly at: At
}

export interface YamlEntry {
  readonly key: string
  /** The value, where it is a text, number or truth value. */
  readonly text: string | undefined
  /** Keys that lead here, outermost first. */
  readonly path: readonly string[]
  readonly at: At
}

export interface YamlFile {
  readonly tags: readonly YamlTag[]
  readonly entries: readonly YamlEntry[]
  /** Nodes there would be if every alias were written out. */
  readonly expanded: number
  readonly duplicates: readonly string[]
  readonly errors: number
}

/** Reads YAML without making values of it: aliases stay aliases, tags stay names. */
export function readYaml(text: string): YamlFile {
  if (text.length > PARSED)
    return { tags: tagsInText(text), entries: [], expanded: 0, duplicates: [], errors: 0 }
  try {
    return new YamlReader().read(text)
  } catch (error) {
    if (error instanceof RangeError) throw new FormatError('limit', 'YAML nested too deeply')
    throw error
  }
}

class YamlReader {
  readonly #lines = new LineCounter()
  readonly #tags: YamlTag[] = []
  readonly #entries: YamlEntry[] = []
  readonly #duplicates: string[] = []
  /** Size of what each anchor names, aliases written out. */
  readonly #sizes = new Map<string, number>()

  read(text: string): YamlFile {
    // The library's own test for duplicate keys is quadratic.
    const options = {
      lineCounter: this.#lines,
      uniqueKeys: false,
      prettyErrors: false,
      logLevel: 'silent',
    } as const
    const documents = parseAllDocuments(text, options)
    let expanded = 0
    let errors = 0
    for (const document of documents) {
      errors += document.errors.length
      this.#sizes.clear()
      if (isNode(document.contents)) expanded = Math.max(expanded, this.#node(document.contents, []))
    }
    return { tags: this.#tags, entries: this.#entries, expanded, duplicates: this.#duplicates, errors }
  }

  /** Notes what a node has; returns its size with aliases written out. */
  #node(node: Node, path: readonly string[]): number {
    if (isAlias(node)) return this.#sizes.get(node.source) ?? 1
    if (node.tag) this.#tags.push({ tag: node.tag, at: this.#at(node) })
    let size = 1
    if (isSeq(node)) for (const item of node.items) if (isNode(item)) size += this.#node(item, path)
    if (isMap(node)) {
      const seen = new Set<string>()
      for (const { key, value } of node.items) size += this.#pair(key, value, path, seen)
    }
    if (node.anchor) this.#sizes.set(node.anchor, size)
    return size
  }

  #pair(key: unknown, value: unknown, path: readonly string[], seen: Set<string>): number {
    let size = isNode(key) ? this.#node(key, path) : 0
    const name = isScalar(key) ? String(key.value) : ''
    if (seen.has(name) && this.#duplicates.length < 64) this.#duplicates.push(name)
    seen.add(name)
    if (isNode(key)) {
      const text = isScalar(value) && value.value !== null ? String(value.value) : undefined
      this.#entries.push({ key: name, text, path, at: this.#at(key) })
    }
    if (isNode(value)) size += this.#node(value, [...path, name])
    return size
  }

  #at(node: Node): At {
    const { line, col } = this.#lines.linePos(node.range?.[0] ?? 0)
    return { line: Math.max(line, 1), column: Math.max(col, 1) }
  }
}

const TAG = /(?:^|[\s[{,:-])(!<[^>\s]{1,300}>|!{1,2}[\w.:/-]{1,300})/g

function tagsInText(text: string): YamlTag[] {
  return text.split('\n').flatMap((line, index) =>
    [...line.matchAll(TAG)].map((match) => ({
      tag: (match[1] ?? '').replace(/^!!/, 'tag:yaml.org,2002:').replace(/^!<|>$/g, ''),
      at: { line: index + 1, column: match.index + 1 },
    })),
  )
}
