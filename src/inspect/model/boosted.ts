import { isObject } from '../../codec/json-values.ts'
import type { FactCatalogue, Json } from '../../model/fact.ts'
import { type Emission, fact } from '../inspector.ts'

export const XGBOOST_FACTS: FactCatalogue = {
  'xgboost.model': {
    about: 'An XGBoost model in JSON or UBJSON.',
    fields: { booster: 'string', objective: 'string', trees: 'number' },
  },
  'xgboost.violation': {
    about: 'Indices that the library does not check: `length`, `child`, `cycle`, `feature`, `shape`.',
    fields: { rule: 'string' },
  },
}

/** What the document of an XGBoost model says, whatever it was written in. */
export function* boosted(root: Json): Generator<Emission> {
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
  return isObject(value) ? value[key] : undefined
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : ''
}

function numbers(value: Json | undefined): number[] | undefined {
  return Array.isArray(value)
    ? value.map((v: Json) => (typeof v === 'boolean' ? Number(v) : typeof v === 'number' ? v : Number.NaN))
    : undefined
}
