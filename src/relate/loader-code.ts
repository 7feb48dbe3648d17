import type { Artifact } from '../model/artifact.ts'
import type { Fact, FactCatalogue, JsonObject } from '../model/fact.ts'
import { folderOf, placeIn, placeOf } from './places.ts'
import type { Relator } from './relator.ts'

const FACTS: FactCatalogue = {
  'edge.unresolved': {
    about: 'Code that a loader would run and that is not in the target. `why`: absent, or other-repository.',
    fields: { target: 'string', role: 'string', repository: 'string', why: 'string' },
  },
  'edge.runs-code': {
    about: 'Code in the target that a loader runs. `inspected`: an inspector of code has looked at it.',
    fields: { target: 'string', role: 'string', inspected: 'boolean' },
  },
}

/** Inspectors that judge code. What none of them has seen and a loader runs is not covered: the one place that says so. */
const CODE_INSPECTORS = new Set(['python', 'javascript', 'shell', 'powershell'])

/** Files that hosts run because of their names, at the top of a repository. */
const ENTRY_POINTS: Readonly<Record<string, string>> = {
  'hubconf.py': 'torch-hub',
  'handler.py': 'endpoint-handler',
  'custom_generate/generate.py': 'custom-generate',
}

/** Running at install time is another matter than loading (`edge/setup-code`). */
const NOT_BY_LOADERS = new Set(['setup'])

/** The code that loaders run, against what is in the target and what was inspected. */
export const loaderCode: Relator = { id: 'loader-code', facts: FACTS, relate }

function* relate(artifacts: readonly Artifact[], facts: readonly Fact[]): Generator<Fact> {
  const edges = facts.filter(
    ({ kind, data }) => kind === 'edge.code' && !NOT_BY_LOADERS.has(String(data.role)),
  )
  const all = [...edges, ...entryPoints(artifacts)]
  if (all.length === 0) return
  const byId = new Map(artifacts.map((artifact) => [artifact.id, artifact]))
  const byPlace = new Map(artifacts.map((artifact) => [placeOf(artifact), artifact]))
  for (const edge of all) {
    const { role = '', repository = '', form = '' } = edge.data
    const target = String(edge.data.target)
    const source = byId.get(edge.artifact)
    if (!source) continue
    if (repository !== '') {
      yield derived(edge, 'edge.unresolved', { target, role, repository, why: 'other-repository' })
      continue
    }
    // What leads out of the folder is a finding of its own.
    if (form !== 'plain' && form !== 'subfolder') continue
    const code = places(source, target, String(role))
      .map((place) => byPlace.get(place))
      .find((found) => found !== undefined)
    if (!code) {
      yield derived(edge, 'edge.unresolved', { target, role, repository, why: 'absent' })
      continue
    }
    const inspected = code.formats.some((format) => CODE_INSPECTORS.has(format))
    yield derived(edge, 'edge.runs-code', { target, role, inspected })
    if (inspected) continue
    const message = `a loader runs ${JSON.stringify(target)} (${String(role)}), which nothing here can judge yet`
    yield {
      kind: 'parse.unsupported',
      artifact: code.id,
      count: 1,
      locations: [],
      data: { message, format: 'code' },
    }
  }
}

/** Edges that nothing states but a file's name. */
function* entryPoints(artifacts: readonly Artifact[]): Generator<Fact> {
  const folders = new Map(artifacts.filter((a) => a.formats.includes('folder')).map((a) => [a.id, a]))
  for (const { id, parent, locator } of artifacts) {
    const folder = folders.get(parent ?? '')
    if (!folder || locator.members.length > 0) continue
    const name = locator.root.slice(folder.locator.root.length).replace(/^\/+/, '')
    const role = Object.hasOwn(ENTRY_POINTS, name) ? ENTRY_POINTS[name] : undefined
    if (role === undefined) continue
    const data = { target: name.slice(name.lastIndexOf('/') + 1), role, form: 'plain', repository: '' }
    yield { kind: 'edge.code', artifact: id, count: 1, locations: [], data }
  }
}

/** Triton keeps each version of a model in a folder of its number. */
const VERSIONS = 100

/** Where a path beside a file may be: in its folder, or in the folder of the archive whose manifest it is. */
function places(source: Artifact, target: string, role: string): string[] {
  const folder = folderOf(source)
  if (role === 'triton')
    return Array.from({ length: VERSIONS }, (_, i) => placeIn(source, folder, `${i + 1}/${target}`))
  return [folder, folder.replace(/MAR-INF\/$/, '')].map((base) => placeIn(source, base, target))
}

function derived({ artifact, at, locations }: Fact, kind: string, data: JsonObject): Fact {
  return { kind, artifact, ...(at ? { at } : {}), count: 1, locations, data }
}
