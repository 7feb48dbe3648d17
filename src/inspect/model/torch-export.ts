import { JsonScanner } from '../../codec/json.ts'
import { pathForm } from '../../codec/path-form.ts'
import { EDGE_DATA } from '../../model/edge-facts.ts'
import type { FactCatalogue } from '../../model/fact.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'

const FACTS: FactCatalogue = {
  ...EDGE_DATA,
  'torch-export.pickled': {
    about: 'A weight or constant that the loader unpickles without restriction.',
    fields: { kind: 'string' },
  },
  'torch-export.operator': {
    about: 'An operator of the exported graph; `namespace` is its library (aten for those of torch).',
    fields: { operator: 'string', namespace: 'string' },
  },
  'torch-export.expression': {
    about: 'A symbolic expression, which the loader evaluates, with a name that arithmetic has no use for.',
    fields: { name: 'string' },
  },
}

/** `models/*.json` and `*_config.json` of a torch.export archive, as their container hints. */
export const torchExport: Inspector = {
  id: 'torch-export',
  detect: { suffix: ['.json'] },
  facts: FACTS,
  inspect,
}

async function* inspect({ bytes }: Opened, { meter }: InspectContext): AsyncGenerator<Emission> {
  meter.check('jsonBytes', bytes.size)
  meter.hold(bytes.size)
  try {
    const json = await bytes.read(0, bytes.size)
    const scanner = new JsonScanner(json, { depth: meter.limits.jsonDepth, python: true })
    yield* walk(scanner)
    yield { type: 'span', offset: 0, length: bytes.size, as: 'inspected' }
  } finally {
    meter.release(bytes.size)
  }
}

/** Keys whose strings the loader evaluates: directly, or, in a list, one after another. */
const EVALUATED = new Set(['expr_str', 'guards_code'])

function* walk(scanner: JsonScanner): Generator<Emission> {
  // The key under which the innermost values lie, one for every open container.
  const keys: string[] = []
  let key = ''
  for (let token = scanner.next(); token !== 'end'; token = scanner.next()) {
    if (token === '{' || token === '[') keys.push(key)
    else if (token === '}' || token === ']') key = keys.pop() ?? ''
    else if (token === 'key') key = scanner.text()
    else if (token === 'true' && key === 'use_pickle') {
      yield fact('torch-export.pickled', { kind: 'weight' }, { offset: scanner.offset })
    } else if (token === 'string') yield* text(key, scanner.text(), { offset: scanner.offset })
  }
}

function* text(key: string, value: string, at: { offset: number }): Generator<Emission> {
  if (key === 'path_name') {
    if (value.startsWith('opaque_obj'))
      yield fact('torch-export.pickled', { kind: 'opaque-object' }, at, value)
    const form = pathForm(value)
    if (form !== 'plain')
      yield fact('edge.data', { target: value.slice(0, 1000), role: 'torch-export', form }, at)
  } else if (key === 'target') {
    const name = /^torch\.ops\.([^.]+)\.(.+)$/.exec(value)
    const namespace = name?.[1] ?? value.split('.')[0] ?? ''
    const operator = name ? `${name[1]}::${name[2]}` : value
    yield fact(
      'torch-export.operator',
      { operator: operator.slice(0, 200), namespace: namespace.slice(0, 200) },
      at,
    )
  } else if (EVALUATED.has(key)) {
    const name = stranger(value)
    if (name !== undefined) yield fact('torch-export.expression', { name }, at, value.slice(0, 200))
  }
}

/** Names by which an expression of Python leaves arithmetic. */
const STRANGE =
  /__\w+|\b(?:import|lambda|eval|exec|open|compile|getattr|setattr|delattr|globals|locals|vars|breakpoint|input|exit|quit|help|os|sys|subprocess|builtins|importlib|socket|shutil|ctypes|pickle)\b/

function stranger(expression: string): string | undefined {
  return STRANGE.exec(expression)?.[0].slice(0, 100)
}
