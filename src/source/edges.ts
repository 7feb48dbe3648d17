import { withoutComments } from '../codec/jsonc.ts'
import { namesPackages, packageReferences } from '../codec/plugin/references.ts'
import type { Json, JsonObject } from '../model/fact.ts'
import type { Edge } from '../model/lock.ts'
import { pyprojectEdges, requirementsEdges } from './pypi-metadata.ts'

/** Files whose text says what else a loader fetches. */
const EDGE_FILES: ReadonlySet<string> = new Set([
  'config.json',
  'tokenizer_config.json',
  'adapter_config.json',
  'modules.json',
  'model_index.json',
  'package.json',
  'requirements.txt',
  'pyproject.toml',
])

/** Does a file say what else is fetched? */
export function hasEdges(file: string): boolean {
  return EDGE_FILES.has(file.split('/').at(-1) ?? '') || namesPackages(file.toLowerCase())
}

/** Other repositories and packages that a configuration file makes its loader fetch. Text that cannot be read names none. */
export function edgesOf(file: string, text: string): Edge[] {
  const name = file.split('/').at(-1) ?? ''
  if (name === 'requirements.txt') return requirementsEdges(text, file)
  if (name === 'pyproject.toml') return pyprojectEdges(text, file)
  const json = parse(text)
  if (json === undefined) return []
  const plugins = namesPackages(file.toLowerCase()) ? packageReferences(json) : []
  const found = [
    ...targets(name, json),
    ...plugins.map(({ role, target }): [string, string] => [role, target]),
  ]
  const unique = new Map(found.map(([role, target]) => [`${role} ${target}`, { role, target, from: file }]))
  return [...unique.values()]
}

function* targets(name: string, json: Json): Generator<[string, string]> {
  const root = isObject(json) ? json : {}
  if (name === 'config.json' || name === 'tokenizer_config.json') yield* autoMap(root.auto_map)
  if (name === 'adapter_config.json') {
    yield* repository('base-model', root.base_model_name_or_path)
    yield* autoMap(root.auto_mapping)
  }
  if (name === 'model_index.json') {
    for (const value of Object.values(root)) {
      // diffusers: `[library, class]`; a library of the form `org/name` is another repository.
      if (Array.isArray(value)) yield* repository('model-index', value[0])
    }
    yield* repository('model-index', root._name_or_path)
  }
  if (name === 'modules.json' && Array.isArray(json)) {
    for (const module of json) if (isObject(module)) yield* repository('modules', module.path)
  }
  if (name === 'package.json') yield* packages(root)
}

/** transformers: `org/name--module.Class` takes the module from another repository, at its default branch. */
function* autoMap(map: Json | undefined): Generator<[string, string]> {
  if (!isObject(map)) return
  for (const value of Object.values(map).flat()) {
    const [, other] = typeof value === 'string' ? (/^([\w.-]+\/[\w.-]+)--/.exec(value) ?? []) : []
    if (other !== undefined) yield ['auto_map', `hf:${other}`]
  }
}

function* repository(role: string, value: Json | undefined): Generator<[string, string]> {
  if (typeof value === 'string' && /^[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*$/.test(value))
    yield [role, `hf:${value}`]
}

function* packages(root: JsonObject): Generator<[string, string]> {
  for (const list of [root.dependencies, root.optionalDependencies, root.peerDependencies]) {
    if (!isObject(list)) continue
    for (const [name, range] of Object.entries(list)) {
      if (typeof range === 'string') yield ['npm', `npm:${name}@${range}`]
    }
  }
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(Buffer.from(withoutComments(Buffer.from(text)).plain).toString()) as Json
  } catch {
    return undefined
  }
}

function isObject(json: Json | undefined): json is JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}
