import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { pathTrouble } from '../codec/path-trouble.ts'
import { parseSettings, type Setting } from '../codec/settings.ts'
import { readSigners } from '../codec/signer-settings.ts'
import { ARTIFACTS, type Asked, KINDS, type Kind } from '../model/lock.ts'
import { parseReference, type Reference, referenceName } from '../model/reference.ts'
import { UsageError } from '../model/trouble.ts'
import { overlapping } from './place.ts'

/** `weighmaster.yaml`: what a project uses, in the words of its people. */
export interface Manifest {
  /** The folder it lies in: what its paths are relative to. */
  readonly folder: string
  readonly entries: readonly ManifestEntry[]
  /** A preset or policy file for the project, relative to the manifest. */
  readonly policy?: string
}

export interface ManifestEntry {
  readonly asked: Asked
  readonly reference: Reference
  /** `file:line:column`, for messages about it. */
  readonly place: string
}

export async function loadManifest(file: string): Promise<Manifest> {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file))
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT')
      throw new UsageError(`${file}: no manifest here; weighmaster init writes a first one`)
    throw new UsageError(`${file}: cannot be read as UTF-8 text (${String(code ?? 'invalid bytes')})`)
  }
  return readManifest(text, file)
}

/** A manifest from its text. Throws `UsageError` that names `file:line:column` and the way out. */
export function readManifest(text: string, file: string): Manifest {
  const root = parseSettings(text, file)
  const m = root.object({
    models: 'optional',
    datasets: 'optional',
    plugins: 'optional',
    prompts: 'optional',
    policy: 'optional',
  })
  const entries = KINDS.flatMap((kind) => (m[kind]?.list() ?? []).map((item) => readEntry(item, kind)))
  refuseOverlaps(entries)
  const folder = path.dirname(file)
  return { folder, entries, ...(m.policy ? { policy: m.policy.string() } : {}) }
}

function readEntry(setting: Setting, kind: Kind): ManifestEntry {
  if (setting.type === 'string') return entryOf(setting, setting, kind, {})
  const o = setting.object({
    ref: 'required',
    include: 'optional',
    exclude: 'optional',
    signer: 'optional',
    policy: 'optional',
    path: 'optional',
    owners: 'optional',
  })
  return entryOf(setting, o.ref!, kind, o)
}

type Keys = { readonly [key in 'include' | 'exclude' | 'signer' | 'policy' | 'path' | 'owners']?: Setting }

function entryOf(setting: Setting, ref: Setting, kind: Kind, o: Keys): ManifestEntry {
  const reference = readReference(ref)
  const asked: Asked = {
    kind,
    ref: ref.string(),
    include: globs(o.include),
    exclude: globs(o.exclude),
    ...(o.signer ? { signer: readSigners(o.signer) } : {}),
    ...(o.policy ? { policy: o.policy.string() } : {}),
    owners: o.owners?.strings() ?? [],
    path: placeOf(kind, reference, o.path),
  }
  return { asked, reference, place: setting.place }
}

function readReference(setting: Setting): Reference {
  try {
    return parseReference(setting.string())
  } catch (error) {
    if (!(error instanceof UsageError) || setting.type !== 'string') throw error
    return setting.fail(error.message)
  }
}

function globs(setting: Setting | undefined): string[] {
  return (setting?.filledList() ?? []).map((item) => {
    const glob = item.string()
    if (glob.startsWith('/') || glob.split('/').includes('..'))
      item.fail('globs are relative to the source, without ..')
    return glob
  })
}

/** Where an entry lies. What is on this machine already stays where it is. */
function placeOf(kind: Kind, reference: Reference, setting: Setting | undefined): string {
  if (reference.scheme === 'file') {
    if (setting) setting.fail('a file: entry stays where it is; leave path out')
    return reference.path
  }
  if (!setting) return `${ARTIFACTS}/${kind}/${referenceName(reference)}`
  const text = setting
    .string()
    .replace(/^(?:\.\/)+/, '')
    .replace(/\/$/, '')
  const trouble = pathTrouble(text)
  if (trouble) setting.fail(`'${text}' may not be written to (${trouble}); give a folder below the manifest`)
  return text
}

function refuseOverlaps(entries: readonly ManifestEntry[]): void {
  const written = entries.filter(({ reference }) => reference.scheme !== 'file')
  const pair = overlapping(written.map(({ asked }) => asked.path))
  if (!pair) return
  const second = written.findLast(({ asked }) => asked.path === pair[1])
  throw new UsageError(
    `${second?.place}: two entries would write ${pair[0] === pair[1] ? pair[0] : `${pair[0]} and ${pair[1]} inside it`}; give one of them another path`,
  )
}
