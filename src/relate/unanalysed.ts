import type { Artifact } from '../model/artifact.ts'
import type { Fact } from '../model/fact.ts'
import type { Unit, Units } from './plugin-units.ts'

/** Something of a plugin whose doings nobody has read. */
export interface Gap {
  readonly scope: string
  readonly text: string
}

const READ = new Set(['python', 'javascript', 'shell', 'powershell'])
/** Programs in languages that are not analysed, by what they are called. */
const OTHER_PROGRAMS: Readonly<Record<string, string>> = {
  go: 'Go',
  rs: 'Rust',
  java: 'Java',
  kt: 'Kotlin',
  rb: 'Ruby',
  php: 'PHP',
  cs: 'C#',
  pl: 'Perl',
  lua: 'Lua',
  swift: 'Swift',
  applescript: 'AppleScript',
  bat: 'batch',
  cmd: 'batch',
}
const BINARIES: Readonly<Record<string, string>> = {
  pyc: 'bytecode',
  pyo: 'bytecode',
  node: 'native module',
  so: 'native module',
  dll: 'native module',
  dylib: 'native module',
  pyd: 'native module',
  wasm: 'WebAssembly',
  jar: 'Java archive',
  exe: 'program',
}
/** Kinds of gaps that are told one by one; the rest is counted. */
const TOLD = 20

/** What of a plugin was not, or not wholly, analysed: it may do anything. `own`: its artifacts; `facts`: by artifact. */
export function unanalysed(
  unit: Unit,
  units: Units,
  own: readonly Artifact[],
  facts: ReadonlyMap<string, readonly Fact[]>,
): Gap[] {
  if (unit.server && unit.folder === undefined) return [absent(unit.server)]
  const dependencies = own.filter(
    ({ id, formats }) => units.isDependency(id, unit) && formats.some((f) => READ.has(f)),
  )
  const path = (id: string) => units.innerPath(id, unit)
  const sources = new Set(own.map(({ name }) => name.split('/').at(-1) ?? ''))
  const gaps = own
    .filter(({ id }) => !units.isDependency(id, unit))
    .flatMap((artifact) => [
      ...gapOf(artifact, sources, path(artifact.id)),
      ...gapsStated(artifact, facts.get(artifact.id) ?? [], path(artifact.id)),
    ])
  const [first] = dependencies
  if (first)
    gaps.push({ scope: 'dependencies', text: `${dependencies.length} files such as ${path(first.id)}` })
  return gaps.length <= TOLD
    ? gaps
    : [...gaps.slice(0, TOLD), { scope: 'more', text: `${gaps.length - TOLD} more` }]
}

function gapsStated({ formats }: Artifact, facts: readonly Fact[], text: string): Gap[] {
  const isCode = formats.some((f) => READ.has(f))
  return facts.flatMap(({ kind, data }): Gap[] => {
    if (kind === 'plugin.opaque') return [{ scope: String(data.what), text }]
    if (kind === 'code.source' && data.minified === true) return [{ scope: 'minified', text }]
    return kind.startsWith('parse.') && isCode ? [{ scope: kind.slice('parse.'.length), text }] : []
  })
}

function gapOf({ name, formats }: Artifact, sources: ReadonlySet<string>, text: string): Gap[] {
  if (formats.some((f) => READ.has(f))) return []
  const suffix = /\.([A-Za-z0-9]+)(?:\.\d+)*$/.exec(name)?.[1]?.toLowerCase() ?? ''
  const binary = Object.hasOwn(BINARIES, suffix) ? BINARIES[suffix] : undefined
  if (binary === 'bytecode' && hasSource(name, sources)) return []
  if (binary !== undefined) return [{ scope: binary, text }]
  if (formats.includes('executable')) return [{ scope: 'program', text }]
  const language = Object.hasOwn(OTHER_PROGRAMS, suffix) ? OTHER_PROGRAMS[suffix] : undefined
  return language === undefined ? [] : [{ scope: language, text }]
}

/** `__pycache__/server.cpython-313.pyc` belongs to `server.py`. Whether it was made of it nobody can tell without running it. */
function hasSource(name: string, sources: ReadonlySet<string>): boolean {
  const base = (name.split('/').at(-1) ?? '').replace(/(?:\.cpython-\d+)?(?:\.opt-\d)?\.py[co]$/, '')
  return sources.has(`${base}.py`)
}

/** A server whose code is fetched when it starts, or runs elsewhere. */
function absent({ data }: Fact): Gap {
  const [name] = Array.isArray(data.packages) ? data.packages : []
  const what =
    name === undefined ? (data.url === '' ? String(data.command) : String(data.host)) : String(name)
  return { scope: 'code not here', text: what }
}
