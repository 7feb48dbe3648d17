import { posix } from 'node:path'
import type { Artifact } from '../model/artifact.ts'
import type { Fact } from '../model/fact.ts'
import { strings } from './client-servers.ts'

/** Files that an import may mean, as compilers and runtimes try them. */
const SUFFIXES = ['', '.js', '.ts', '.mjs', '.py', '/index.js', '/index.ts', '/__init__.py']

/** Which tools a place serves whose handlers stand in other files of the same program. */
export class Crossings {
  /** `artifact function` → tools. */
  readonly #tools = new Map<string, Set<string>>()

  constructor(pathOf: (id: string) => string, artifacts: readonly Artifact[], facts: readonly Fact[]) {
    const crossings = facts.filter(({ kind }) => kind === 'code.crossing')
    if (crossings.length === 0) return
    const byPath = new Map(artifacts.map(({ id }) => [pathOf(id), id]))
    const byCaller = new Map<string, { readonly to: string }[]>()
    const open: [place: string, tool: string][] = []
    for (const { artifact, data } of crossings) {
      const target = places(pathOf(artifact), String(data.module))
        .map((path) => byPath.get(path))
        .find((id) => id !== undefined)
      if (target === undefined) continue
      const to = `${target} ${String(data.name)}`
      for (const tool of strings(data.tools)) open.push([to, tool])
      for (const caller of strings(data.functions)) {
        const key = `${artifact} ${caller}`
        byCaller.set(key, [...(byCaller.get(key) ?? []), { to }])
      }
    }
    for (let next = open.pop(); next; next = open.pop()) {
      const [place, tool] = next
      const held = this.#tools.get(place) ?? new Set()
      this.#tools.set(place, held)
      if (held.has(tool)) continue
      held.add(tool)
      for (const { to } of byCaller.get(place) ?? []) open.push([to, tool])
    }
  }

  toolsOf({ artifact, data }: Fact): readonly string[] {
    if (this.#tools.size === 0) return []
    return strings(data.functions).flatMap((name) => [...(this.#tools.get(`${artifact} ${name}`) ?? [])])
  }
}

/** Where a module that is imported relatively may lie. TypeScript writes `./lib.js` and means `./lib.ts`. */
function places(importer: string, module: string): string[] {
  const folder = importer.slice(0, importer.lastIndexOf('/') + 1)
  const dots = /^\.*/.exec(module)?.[0].length ?? 0
  const isPath = /^\.{1,2}\//.test(module)
  const relative = isPath
    ? module
    : `${'../'.repeat(Math.max(0, dots - 1))}${module.slice(dots).replaceAll('.', '/')}`
  const base = folder + relative
  const cut = base.lastIndexOf('!/') + 2
  const whole = cut > 1 ? base.slice(0, cut) + posix.normalize(base.slice(cut)) : posix.normalize(base)
  const source = whole.replace(/\.js$/, '')
  return [
    ...SUFFIXES.map((suffix) => whole + suffix),
    ...(source === whole ? [] : [`${source}.ts`, `${source}.tsx`]),
  ]
}
