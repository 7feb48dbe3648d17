import { readJson } from '../../codec/json.ts'
import { pathForm } from '../../codec/path-form.ts'
import { EDGE_DATA } from '../../model/edge-facts.ts'
import type { FactCatalogue, Json, JsonObject } from '../../model/fact.ts'
import { type Emission, fact, type Inspector } from '../inspector.ts'

const LIGHTGBM_FACTS: FactCatalogue = {
  ...EDGE_DATA,
  'lightgbm.model': { about: 'A LightGBM model in its text form.', fields: { trees: 'number' } },
  'lightgbm.violation': {
    about:
      '`duplicate-key` in a tree (the library takes the last), `length` (arrays that do not fit the leaves), `child`.',
    fields: { rule: 'string' },
  },
}

/** Settings of training that name files; they are left over in the model. */
const PATHS =
  /^\[(data|valid|input_model|output_model|machine_list_filename|forcedsplits_filename|config): (.+)\]$/

/** `tree\nversion=v4`: keys and lists of numbers, tree by tree. */
export const lightgbm: Inspector = {
  id: 'lightgbm',
  // tree, newline, version=
  detect: { magic: [{ offset: 0, hex: '747265650a76657273696f6e3d' }] },
  facts: LIGHTGBM_FACTS,
  async *inspect({ bytes }, { meter }) {
    meter.check('jsonBytes', bytes.size)
    meter.hold(bytes.size)
    try {
      const text = Buffer.from(await bytes.read(0, bytes.size)).toString('latin1')
      const blocks = text.split(/^(?=Tree=\d+\r?$)/m)
      for (const block of blocks.slice(1)) {
        const rule = brokenTree(block)
        if (rule) yield fact('lightgbm.violation', { rule }, undefined, /^.*/.exec(block)?.[0])
      }
      for (const line of text.slice(text.indexOf('\nparameters:')).split('\n')) {
        const target = PATHS.exec(line)?.[2]
        if (target === undefined || target === '""') continue
        yield fact('edge.data', {
          target: target.slice(0, 500),
          role: 'training-leftover',
          form: pathForm(target),
        })
      }
      yield fact('lightgbm.model', { trees: blocks.length - 1 })
      yield { type: 'span', offset: 0, length: bytes.size, as: 'inspected' }
    } finally {
      meter.release(bytes.size)
    }
  },
}

function brokenTree(block: string): string | undefined {
  const values = new Map<string, string>()
  for (const line of (block.split(/\r?\n\r?\n|\nend of trees/)[0] ?? '').split(/\r?\n/)) {
    const cut = line.indexOf('=')
    if (cut < 0) continue
    const key = line.slice(0, cut)
    if (values.has(key)) return 'duplicate-key'
    values.set(key, line.slice(cut + 1))
  }
  const list = (key: string) => (values.get(key) ?? '').split(' ').filter(Boolean)
  const leaves = Number(values.get('num_leaves'))
  if (!Number.isSafeInteger(leaves) || leaves < 1) return 'length'
  for (const key of ['split_feature', 'threshold', 'decision_type', 'left_child', 'right_child']) {
    if (list(key).length !== leaves - 1) return 'length'
  }
  if (list('leaf_value').length !== leaves) return 'length'
  // A child is another split, or the complement of a leaf.
  const children = [...list('left_child'), ...list('right_child')].map(Number)
  return children.some((c) => !Number.isSafeInteger(c) || c >= leaves - 1 || c < -leaves)
    ? 'child'
    : undefined
}

const XGBOOST_FACTS: FactCatalogue = {
  'xgboost.model': {
    about: 'An XGBoost model in JSON.',
    fields: { booster: 'string', objective: 'string', trees: 'number' },
  },
  'xgboost.violation': {
    about: 'Indices that the library does not check: `length`, `child`, `cycle`, `feature`, `shape`.',
    fields: { rule: 'string' },
  },
}

export const xgboost: Inspector = {
  id: 'xgboost',
  detect: {
    probe: (head) =>
      /^\s*\{\s*"(?:learner|version)"[\s\S]*"(?:gradient_booster|learner_model_param)"/.test(
        Buffer.from(head).toString('latin1'),
      )
        ? 'strong'
        : 'no',
  },
  facts: XGBOOST_FACTS,
  async *inspect({ bytes }, { meter }) {
    meter.check('jsonBytes', bytes.size)
    meter.hold(bytes.size)
    try {
      const { value } = readJson(await bytes.read(0, bytes.size), meter.limits, true)
      yield* boosted(value)
      yield { type: 'span', offset: 0, length: bytes.size, as: 'inspected' }
    } finally {
      meter.release(bytes.size)
    }
  },
}

function* boosted(root: Json): Generator<Emission> {
  const learner = at(root, 'learner')
  const booster = at(learner, 'gradient_booster')
  // DART keeps its trees one level deeper.
  const model = at(booster, 'model') ?? at(at(booster, 'gbtree'), 'model')
  const trees = at(model, 'trees')
  const features = Number(text(at(at(learner, 'learner_model_param'), 'num_feature')))
  const list = Array.isArray(trees) ? trees : []
  const objective = text(at(at(learner, 'objective'), 'name')).slice(0, 200)
  yield fact('xgboost.model', {
    booster: text(at(booster, 'name')).slice(0, 100),
    objective,
    trees: list.length,
  })
  for (const [i, tree] of list.entries()) {
    const rule = brokenBooster(tree, features)
    if (rule)
      yield fact('xgboost.violation', { rule }, { pointer: `/learner/gradient_booster/model/trees/${i}` })
  }
}

function brokenBooster(tree: Json, features: number): string | undefined {
  const nodes = Number(text(at(at(tree, 'tree_param'), 'num_nodes')))
  if (!Number.isSafeInteger(nodes) || nodes < 1) return 'shape'
  const arrays = [
    'left_children',
    'right_children',
    'parents',
    'split_indices',
    'split_conditions',
    'default_left',
  ]
  const [left, right, parents, splits, ...others] = arrays.map((key) => numbers(at(tree, key)))
  if (!left || !right || !parents || !splits) return 'shape'
  if ([left, right, parents, splits, ...others].some((list) => list?.length !== nodes)) return 'length'
  if ([...left, ...right].some((c) => !Number.isSafeInteger(c) || c < -1 || c >= nodes)) return 'child'
  if (features > 0 && splits.some((f, i) => left[i] !== -1 && (f < 0 || f >= features))) return 'feature'
  return hasCycle(left, right) ? 'cycle' : undefined
}

/** Every node must be reached at most once from the root. */
function hasCycle(left: readonly number[], right: readonly number[]): boolean {
  const seen = new Set<number>()
  const open = [0]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (seen.has(node)) return true
    seen.add(node)
    for (const child of [left[node] ?? -1, right[node] ?? -1]) if (child >= 0) open.push(child)
  }
  return false
}

function at(value: Json | undefined, key: string): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)[key]
    : undefined
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : ''
}

function numbers(value: Json | undefined): number[] | undefined {
  return Array.isArray(value)
    ? value.map((v: Json) => (typeof v === 'boolean' ? Number(v) : typeof v === 'number' ? v : Number.NaN))
    : undefined
}
