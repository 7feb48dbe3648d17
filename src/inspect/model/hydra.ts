import type { Document, Node, Pair } from 'yaml'
import { pathForm } from '../../codec/path-form.ts'
import { EDGE_DATA } from '../../model/edge-facts.ts'
import type { FactCatalogue } from '../../model/fact.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'

const FACTS: FactCatalogue = {
  ...EDGE_DATA,
  'hydra.target': {
    about:
      'A dotted name that a loader imports and calls, with the arguments beside it (`_target_` of Hydra).',
    fields: { target: 'string' },
  },
}

/** YAML above this is no configuration: the parser keeps a node for every scalar. */
const LONGEST = 8 * 1024 * 1024

/**
 * Configuration that says what to call: NeMo, Hydra, Lightning. Runs beside the inspector of text on what is named YAML;
 * that the name has no line of `_target_` makes it silent.
 */
export const hydra: Inspector = {
  id: 'hydra',
  detect: { probe, suffix: ['.yaml', '.yml'], byName: true },
  facts: FACTS,
  inspect,
}

function probe(head: Uint8Array): 'weak' | 'no' {
  // Keys can be written with escapes, and behind the first bytes: any text will do, where the name says YAML.
  return head.length > 0 && !head.includes(0) ? 'weak' : 'no'
}

/** `_target_`, plain or with any of its letters escaped; and the paths by which NeMo names its artifacts. */
const WORTH_PARSING = /_target_|\\[xuU]|nemo:/

async function* inspect({ bytes }: Opened, { meter }: InspectContext): AsyncGenerator<Emission> {
  if (bytes.size > LONGEST) return
  meter.hold(bytes.size)
  try {
    const text = Buffer.from(await bytes.read(0, bytes.size)).toString('utf8')
    if (!WORTH_PARSING.test(text)) return
    yield* await targets(text)
  } finally {
    meter.release(bytes.size)
  }
}

async function targets(text: string): Promise<Emission[]> {
  // A large parser that most scans have no use for.
  const { isAlias, isScalar, LineCounter, parseAllDocuments, visit } = await import('yaml')
  const lines = new LineCounter()
  const found: Emission[] = []
  for (const document of parseAllDocuments(text, {
    lineCounter: lines,
    logLevel: 'silent',
    uniqueKeys: false,
  })) {
    if (!('contents' in document)) continue
    if (document.errors.length > 0) {
      found.push({
        type: 'damage',
        kind: 'corrupt',
        message: 'the configuration is no YAML',
        at: { offset: 0 },
      })
    }
    const at = (node: unknown) => {
      const place = lines.linePos((isScalar(node) || isAlias(node) ? node.range?.[0] : 0) ?? 0)
      return { line: place.line, column: place.col }
    }
    // An anchor may stand for the key as well as for its value.
    const value = (node: unknown): unknown => {
      const end = isAlias(node) ? node.resolve(document as Document) : node
      return isScalar(end) ? end.value : undefined
    }
    visit(document, {
      Scalar(_key: unknown, node: Node) {
        const text = value(node)
        const path = typeof text === 'string' ? /^nemo:(.+)$/s.exec(text)?.[1] : undefined
        if (path === undefined) return
        const data = { target: path.slice(0, 1000), role: 'nemo-artifact', form: pathForm(path) }
        found.push(fact('edge.data', data, at(node)))
      },
      Pair(_key: unknown, pair: Pair) {
        if (value(pair.key) !== '_target_') return
        const target = value(pair.value)
        found.push(fact('hydra.target', { target: String(target ?? '').slice(0, 300) }, at(pair.key)))
      },
    })
  }
  return found
}
