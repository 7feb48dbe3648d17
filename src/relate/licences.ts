import type { Artifact } from '../model/artifact.ts'
import type { Fact, FactCatalogue } from '../model/fact.ts'
import { folderOf } from './places.ts'
import type { Relator } from './relator.ts'

const FACTS: FactCatalogue = {
  'licence.conflict': {
    about:
      'Two statements about the licence of one repository disagree: the card (`declared`) and a file or the base model (`found`). ' +
      '`with`: licence-file or base-model.',
    fields: { declared: 'string', found: 'string', with: 'string', source: 'string' },
  },
  'licence.missing': {
    about: 'A card names no licence, and no licence file is beside it.',
    fields: { of: 'string' },
  },
}

/** Licences that bind whatever is derived from a model, by the names under which their publishers offer it. */
const BINDING: readonly (readonly [RegExp, string])[] = [
  [/^meta-llama\/llama-2/i, 'llama2'],
  [/^meta-llama\/(?:meta-)?llama-3\.1/i, 'llama3.1'],
  [/^meta-llama\/llama-3\.2/i, 'llama3.2'],
  [/^meta-llama\/llama-3\.3/i, 'llama3.3'],
  [/^meta-llama\/llama-4/i, 'llama4'],
  [/^meta-llama\/meta-llama-3-/i, 'llama3'],
  [/^google\/(?:code|pali|shield)?gemma-(?:2b|7b|[23]-)/i, 'gemma'],
  [/^bigscience\/bloom/i, 'bigscience-bloom-rail-1.0'],
  [/^compvis\/stable-diffusion-v1/i, 'creativeml-openrail-m'],
]

/** What the card, the licence file and the base model of one folder say of its licence. */
export const licences: Relator = { id: 'licences', facts: FACTS, relate }

function* relate(artifacts: readonly Artifact[], facts: readonly Fact[]): Generator<Fact> {
  const told = facts.filter(({ kind }) => kind.startsWith('licence.') || kind === 'card.without-licence')
  if (told.length === 0) return
  const byId = new Map(artifacts.map((artifact) => [artifact.id, artifact]))
  const files = new Map<string, Fact[]>()
  for (const fact of told) {
    const artifact = byId.get(fact.artifact)
    if (fact.kind !== 'licence.file' || !artifact) continue
    const place = folderKey(artifact)
    files.set(place, [...(files.get(place) ?? []), fact])
  }
  for (const fact of told) {
    const artifact = byId.get(fact.artifact)
    if (!artifact) continue
    const beside = files.get(folderKey(artifact)) ?? []
    if (fact.kind === 'card.without-licence' && beside.length === 0) {
      yield derived(fact, 'licence.missing', { of: fact.data.of ?? '' })
    } else if (fact.kind === 'licence.declared') {
      yield* withFiles(fact, beside, told)
      yield* withBase(fact, facts)
    }
  }
}

/** A file that agrees with any licence the card names is no conflict; nor is one that nobody knows, or that a card calls `other`. */
function* withFiles(declared: Fact, files: readonly Fact[], told: readonly Fact[]): Generator<Fact> {
  if (declared.data.form === 'other' || declared.data.form === 'unknown') return
  const all = told.filter((f) => f.kind === 'licence.declared' && f.artifact === declared.artifact)
  for (const { data } of files) {
    const id = String(data.id)
    if (id === '' || all.some((f) => agrees(String(f.data.id), id))) continue
    yield derived(declared, 'licence.conflict', {
      declared: declared.data.id ?? '',
      found: id,
      with: 'licence-file',
      source: '',
    })
  }
}

/** Same licence: versions of GNU's with and without "or later", expressions that contain it. */
function agrees(declared: string, found: string): boolean {
  const plain = (id: string) => id.toLowerCase().replace(/-(?:only|or-later)$|\+$/, '')
  return declared.split(/[\s()]+/).some((id) => plain(id) === plain(found)) || plain(declared) === 'openrail'
}

function* withBase(declared: Fact, facts: readonly Fact[]): Generator<Fact> {
  const id = String(declared.data.id)
  if (declared.data.form === 'other' || declared.data.form === 'unknown') return
  for (const { kind, artifact, data } of facts) {
    if (kind !== 'model.property' || artifact !== declared.artifact || data.property !== 'base-model')
      continue
    const base = String(data.value)
    const binding = BINDING.find(([name]) => name.test(base))?.[1]
    if (binding === undefined || id.toLowerCase() === binding || /^llama/.test(id)) continue
    yield derived(declared, 'licence.conflict', {
      declared: id,
      found: binding,
      with: 'base-model',
      source: base,
    })
  }
}

function folderKey(artifact: Artifact): string {
  return JSON.stringify([
    artifact.locator.members.length === 0
      ? ''
      : [artifact.locator.root, ...artifact.locator.members.slice(0, -1)],
    folderOf(artifact),
  ])
}

function derived(of: Fact, kind: string, data: Fact['data']): Fact {
  const { artifact, at, locations } = of
  return { kind, artifact, ...(at ? { at } : {}), count: 1, locations, data }
}
