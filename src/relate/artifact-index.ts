import { type Artifact, displayPath } from '../model/artifact.ts'
import type { Fact } from '../model/fact.ts'

/** Files of a folder that are looked at when an edge names the folder; a marketplace has some hundred plugins. */
const FOLDER = 2000

/** Finds artifacts by place, by package and by parent. */
export class ArtifactIndex {
  readonly #byId = new Map<string, Artifact>()
  readonly #byPlace = new Map<string, Artifact>()
  readonly #children = new Map<string, Artifact[]>()
  readonly #packages = new Map<string, Artifact[]>()
  readonly #code = new Map<string, Artifact[]>()
  readonly #manifests: readonly (readonly [place: string, artifact: Artifact])[]

  constructor(artifacts: readonly Artifact[], manifests: readonly Fact[]) {
    for (const artifact of artifacts) {
      this.#byId.set(artifact.id, artifact)
      this.#byPlace.set(placeOf(artifact), artifact)
      const { parent, formats } = artifact
      if (
        parent !== undefined &&
        formats.some((format) => format === 'python' || format === 'python-bytecode')
      )
        add(this.#code, parent, artifact)
      if (parent !== undefined && isInner(artifact)) add(this.#children, parent, artifact)
    }
    const places: [string, Artifact][] = []
    for (const { artifact: id, data } of manifests) {
      const artifact = this.#byId.get(id)
      if (!artifact) continue
      places.push([placeOf(artifact), artifact])
      const scheme = data.kind === 'pypi-package' ? 'pypi' : data.kind === 'npm-package' ? 'npm' : ''
      const [name, version] = [String(data.name), String(data.version)]
      if (scheme === '' || name === '') continue
      const known = scheme === 'pypi' ? name.toLowerCase().replace(/[-_.]+/g, '-') : name
      add(this.#packages, `${scheme}:${known}`, artifact)
      add(this.#packages, `${scheme}:${known}${scheme === 'pypi' ? '==' : '@'}${version}`, artifact)
    }
    this.#manifests = places
  }

  /** The packages in the target that a reference names; without a version, any. */
  packages(reference: string): readonly Artifact[] {
    return this.#packages.get(reference) ?? []
  }

  /** The Python code of the archive whose metadata this is: a wheel or sdist names none of its modules. */
  packed(id: string): readonly Artifact[] {
    const artifact = this.#byId.get(id)
    if (!artifact?.formats.includes('python-metadata') || artifact.locator.members.length === 0) return []
    return (this.#code.get(artifact.parent ?? '') ?? []).slice(0, FOLDER)
  }

  /** What documents hold in themselves: command lines, templates. */
  children(id: string): readonly Artifact[] {
    return this.#children.get(id) ?? []
  }

  /** A short name for people: the path inside the target, and the members that lead on. */
  label(id: string): string {
    const artifact = this.#byId.get(id)
    if (!artifact) return id
    const folder = this.#byId.get(artifact.parent ?? '')
    const path = displayPath(artifact.locator)
    if (!folder?.formats.includes('folder'))
      return path.slice(path.lastIndexOf('/', path.indexOf('!/') >>> 0) + 1)
    return path.slice(displayPath(folder.locator).length).replace(/^\/+/, '')
  }

  /** The file that a path means, or the manifests in the folder that it means. `base` leads from the document to where paths start. */
  beside(id: string, base: string, target: string): readonly Artifact[] {
    const source = this.#byId.get(id)
    if (!source) return []
    const { root, members } = ownerOf(source, this.#byId).locator
    const own = members.at(-1) ?? root
    const folder = own.slice(0, own.lastIndexOf('/') + 1)
    const path = normal(`${folder}${base === '' ? '' : `${base}/`}${target.replaceAll('\\', '/')}`)
    if (path === undefined) return []
    const place = (name: string) =>
      JSON.stringify(members.length === 0 ? [name] : [root, ...members.slice(0, -1), name])
    for (const suffix of ['', '.js', '.mjs', '.cjs', '.py', '/index.js', '/SKILL.md']) {
      const found = this.#byPlace.get(place(path + suffix))
      if (found && !found.formats.includes('folder')) return [found]
    }
    const prefix = place(path === '' ? '' : `${path}/`).slice(0, -2)
    return this.#manifests
      .filter(([at]) => at.startsWith(prefix))
      .slice(0, FOLDER)
      .map(([, artifact]) => artifact)
  }
}

function add<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key) ?? []
  list.push(value)
  map.set(key, list)
}

function placeOf({ locator }: Artifact): string {
  return JSON.stringify([locator.root, ...locator.members])
}

/** A document inside a document: no file of a folder, no member with a path. */
function isInner({ name, locator }: Artifact): boolean {
  return locator.members.length > 0 && /^@[^/]*$/.test(name)
}

/** The file that holds a child which is none. */
function ownerOf(artifact: Artifact, byId: ReadonlyMap<string, Artifact>): Artifact {
  let owner = artifact
  while (isInner(owner) && owner.parent !== undefined) {
    const parent = byId.get(owner.parent)
    if (!parent) return owner
    owner = parent
  }
  return owner
}

/** A path without `.` and `..`; undefined where it leads out. */
function normal(path: string): string | undefined {
  const steps: string[] = []
  const absolute = path.startsWith('/')
  for (const step of path.split('/')) {
    if (step === '' || step === '.') continue
    if (step !== '..') steps.push(step)
    else if (steps.length > 0 && steps.at(-1) !== '..') steps.pop()
    else if (absolute) return undefined
    else steps.push('..')
  }
  return `${absolute ? '/' : ''}${steps.join('/')}`
}
