import { capabilityText, covers, readCapability } from '../model/capability.ts'
import type { Fact, FactDraft } from '../model/fact.ts'
import type { LockEntry, TextFile } from '../model/lock.ts'
import { byCodePoint } from '../model/order.ts'

/** What inspection says of a plugin or prompt that a lock holds. */
export interface Observed {
  /** `tool:search`, `tool:server/search#description`, `launch:github`, … → SHA-256 of its canonical JSON. */
  readonly surface: Readonly<Record<string, string>>
  /** The same as text, for whoever reviews a change; under paths that no file has. */
  readonly texts: readonly TextFile[]
  readonly capabilities: readonly string[]
}

/** The folder of texts that lie in no file of their own. */
const TEXTS = '@surface'

/** What the facts about one entry say a lock should hold. `capabilities`: the set of all its plugins. */
export function observedOf(facts: readonly Fact[], capabilities: readonly string[]): Observed {
  const surface: Record<string, string> = {}
  const texts = new Map<string, string>()
  const parts = facts.filter(({ kind }) => kind === 'surface.part').map(({ data }) => data)
  const snapshot = new Set(parts.filter((p) => p.kind === 'tool').map((p) => String(p.name)))
  // A tool that no list shows is known by the code that registers it.
  const coded = facts.flatMap(({ kind, data }) =>
    kind === 'code.tool' && !snapshot.has(String(data.name)) ? codeParts(data) : [],
  )
  for (const { key, field, sha256, text } of [...parts.map(partOf), ...coded]) {
    const name = free(surface, `${key}${field === '' ? '' : `#${field}`}`, sha256)
    surface[name] = sha256
    if (text !== '') texts.set(textPath(name), text)
  }
  const ordered = Object.entries(surface).toSorted(([a], [b]) => byCodePoint(a, b))
  return {
    surface: Object.fromEntries(ordered),
    texts: [...texts].toSorted(([a], [b]) => byCodePoint(a, b)).map(([path, text]) => ({ path, text })),
    capabilities,
  }
}

interface Part {
  readonly key: string
  readonly field: string
  readonly sha256: string
  readonly text: string
}

function partOf(data: Fact['data']): Part {
  const { kind, server, name, field, sha256, text } = data
  const owner = [server, name]
    .map(String)
    .filter((part) => part !== '')
    .join('/')
  return { key: `${String(kind)}:${owner}`, field: String(field), sha256: String(sha256), text: String(text) }
}

function codeParts({ name, role, definition, description }: Fact['data']): Part[] {
  const key = `${String(role)}:${String(name)}`
  const [sha256, text] = [String(definition), String(description)]
  return [{ key, field: '', sha256, text }]
}

/** Two things of one name are both held: a second one that differs gets a number. */
function free(surface: Readonly<Record<string, string>>, name: string, sha256: string): string {
  let candidate = name
  for (let n = 2; surface[candidate] !== undefined && surface[candidate] !== sha256; n++)
    candidate = `${name}~${n}`
  return candidate
}

/** A path that no file has and every file system takes. */
function textPath(name: string): string {
  const [, kind = '', rest = ''] = /^([a-z]+):(.*)$/s.exec(name) ?? []
  const steps = rest
    .split(/[/#]/)
    .map((step) => encodeURIComponent(step).replace(/[*'().~!]/g, escapeCharacter))
  return `${TEXTS}/${[kind, ...steps].filter((step) => step !== '').join('/')}.txt`
}

function escapeCharacter(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`
}

/** Is it the text of a part of a surface, which lies in no file? */
export function isSurfaceText({ path }: TextFile): boolean {
  return path.startsWith(`${TEXTS}/`)
}

/** How what is there differs from what was locked. An entry without a baseline has nothing to differ from: see `hasBaseline`. */
export function compareSurface(entry: LockEntry, observed: Observed): FactDraft[] {
  return [...capabilityDifferences(entry, observed), ...partDifferences(entry, observed)]
}

/** Was it ever inspected? Without that nothing about it is held, and nothing about it passes. */
export function hasBaseline({ surface }: LockEntry): boolean {
  return surface !== undefined
}

/** A capability is new where nothing that was locked covers it; wider where something of its kind was. */
export function capabilityChanges(
  was: readonly string[],
  is: readonly string[],
): { readonly capability: string; readonly how: 'added' | 'widened' | 'removed' | 'coverage-fell' }[] {
  const known = was.flatMap((text) => readCapability(text) ?? [])
  const fresh = is.flatMap((text) => readCapability(text) ?? [])
  // Words of another version of this program mean nothing here but themselves.
  const strange = is
    .filter((text) => readCapability(text) === undefined && !was.includes(text))
    .map((capability) => ({ capability, how: 'added' as const }))
  const news = fresh
    .filter((capability) => !known.some((before) => covers(before, capability)))
    .map((capability) => {
      if (capability.name === 'unanalyzed')
        return { capability: capabilityText(capability), how: 'coverage-fell' as const }
      const widens = known.some((before) => covers(capability, before))
      return {
        capability: capabilityText(capability),
        how: widens ? ('widened' as const) : ('added' as const),
      }
    })
  const gone = known
    .filter((before) => !fresh.some((capability) => covers(capability, before)))
    .map((capability) => ({ capability: capabilityText(capability), how: 'removed' as const }))
  return [...strange, ...news, ...gone].toSorted((a, b) => byCodePoint(a.capability, b.capability))
}

/** Who must say yes, in words. */
export function approvalBy(owners: readonly string[]): string {
  return owners.length === 0
    ? 'somebody who answers for it (the manifest names no owners)'
    : owners.join(', ')
}

function capabilityDifferences({ asked, capabilities }: LockEntry, observed: Observed): FactDraft[] {
  return capabilityChanges(capabilities, observed.capabilities).map(({ capability, how }) => ({
    kind: 'lock.capability',
    data: { entry: asked.ref, capability, how, approval: approvalBy(asked.owners) },
  }))
}

function partDifferences({ asked, surface = {} }: LockEntry, observed: Observed): FactDraft[] {
  return partChanges(surface, observed.surface).map(({ name, how }) => {
    const [, part = '', item = '', field = ''] = /^([a-z]+):([^#]*)#?(.*)$/s.exec(name) ?? []
    const approval = approvalBy(asked.owners)
    return { kind: 'lock.surface', data: { entry: asked.ref, part, item, field, how, approval } }
  })
}

type Surface = Readonly<Record<string, string>>

/** What is new, gone or other. What is new or gone as a whole is not told field by field; what changed is told by its fields. */
export function partChanges(
  was: Surface,
  is: Surface,
): { readonly name: string; readonly how: 'added' | 'removed' | 'changed' }[] {
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])].toSorted(byCodePoint)
  const groups = Map.groupBy(names, (name) => name.split('#')[0] ?? name)
  return [...groups].flatMap(([whole, all]) => {
    const changed = all.filter((name) => was[name] !== is[name])
    const both = was[whole] !== undefined && is[whole] !== undefined
    const fields = changed.filter((name) => name !== whole)
    const told = both && fields.length > 0 ? fields : changed.slice(0, 1)
    return told.map((name) => ({
      name,
      how: was[name] === undefined ? 'added' : is[name] === undefined ? 'removed' : 'changed',
    }))
  })
}
