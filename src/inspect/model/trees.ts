import { readJson } from '../../codec/json.ts'
import { pathForm } from '../../codec/path-form.ts'
import { readUbjson } from '../../codec/ubjson.ts'
import { EDGE_DATA } from '../../model/edge-facts.ts'
import type { FactCatalogue } from '../../model/fact.ts'
import { fact, type Inspector } from '../inspector.ts'
import { boosted, XGBOOST_FACTS } from './boosted.ts'

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

export const xgboost: Inspector = {
  id: 'xgboost',
  detect: {
    probe: (head) =>
      /^\s*\{\s*"(?:learner|version)"[\s\S]*"(?:gradient_booster|learner_model_param)"/.test(
        Buffer.from(head).toString('latin1'),
      )
        ? 'strong'
        : 'no',
    suffix: ['.json'],
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

/** UBJSON as `save_model('model.ubj')` writes it: an object whose first key is `learner`. */
export const xgboostUbjson: Inspector = {
  id: 'xgboost-ubjson',
  detect: {
    probe: (head) =>
      /^\{[LliIUm][\s\S]{1,8}(?:learner|version)/.test(Buffer.from(head.subarray(0, 32)).toString('latin1'))
        ? 'strong'
        : 'no',
    suffix: ['.ubj'],
  },
  facts: XGBOOST_FACTS,
  async *inspect({ bytes }, { meter }) {
    meter.check('jsonBytes', bytes.size)
    meter.hold(bytes.size)
    try {
      const { value, length, duplicates } = readUbjson(await bytes.read(0, bytes.size), meter.limits)
      yield { type: 'span', offset: 0, length, as: 'inspected' }
      if (duplicates > 0) yield fact('xgboost.violation', { rule: 'duplicate-key' })
      yield* boosted(value)
    } finally {
      meter.release(bytes.size)
    }
  },
}
