import { PackageURL } from 'packageurl-js'
import { type Artifact, displayPath } from '../../model/artifact.ts'
import type { Fact } from '../../model/fact.ts'
import { LOCATIONS_KEPT } from '../../model/fact.ts'
import { byCodePoint } from '../../model/order.ts'
import { printable } from '../printable.ts'
import type { BillEdge, External, ExternalKind, Occurrence, Part, Role } from './bill.ts'
import type { Located } from './grouping.ts'
import { libraryOf } from './libraries.ts'
import type { FactsByRoot } from './stated.ts'

interface Named {
  readonly kind: ExternalKind
  readonly name: string
  readonly group?: string
  readonly version?: string
  readonly purl?: string
}

/** `org/name` as the hubs write it. */
const HUB_NAME = /^[A-Za-z0-9][\w.-]{0,95}\/[A-Za-z0-9][\w.-]{0,95}$/

/** Collects what the parts name that is not among the files, and who names it. */
export class Externals {
  readonly #facts: FactsByRoot
  readonly #byId: ReadonlyMap<string, Part>
  readonly #found = new Map<string, External & { readonly occurrences: Occurrence[] }>()
  readonly #edges = new Map<string, BillEdge>()

  constructor(parts: readonly Part[], facts: FactsByRoot) {
    this.#facts = facts
    this.#byId = new Map(
      parts.flatMap((part) => (part.origin ? [[`${part.kind} ${part.origin.id}`, part]] : [])),
    )
  }

  all(): External[] {
    return [...this.#found.values()].toSorted((a, b) => byCodePoint(a.ref, b.ref))
  }

  edges(): BillEdge[] {
    return [...this.#edges].toSorted(([a], [b]) => byCodePoint(a, b)).map(([, edge]) => edge)
  }

  gather(part: Part, files: readonly Artifact[], located: Located | undefined): void {
    const base = baseRole(part)
    for (const { value, by, at } of part.properties.get('base-model') ?? [])
      this.#link(part, base, hubNamed('model', value), { path: by, ...(at ? { at } : {}) })
    const datasets = part.kind === 'dataset' ? [] : (part.properties.get('dataset') ?? [])
    for (const { value, by, at } of datasets)
      this.#link(part, 'dataset', hubNamed('dataset', value), { path: by, ...(at ? { at } : {}) })
    for (const edge of located?.entry.edges ?? [])
      this.#locked(part, edge, displayPath({ root: `${located?.display}/${edge.from}`, members: [] }))
    for (const { locator } of files) {
      for (const fact of this.#facts.of(locator.root)) this.#fact(part, fact)
    }
  }

  #fact(part: Part, fact: Fact): void {
    const artifact = this.#facts.artifact(fact)
    const path = artifact ? displayPath(artifact.locator) : part.path
    if (fact.kind === 'edge.code') {
      const repository = String(fact.data.repository ?? '')
      if (repository !== '') this.#link(part, 'code', hubNamed('model', repository), { path, ...atOf(fact) })
    } else if (fact.kind === 'plugin.source') {
      const named = packageNamed(fact)
      if (named) this.#link(part, 'package', named, { path, ...atOf(fact) })
    } else if (fact.kind === 'pickle.global') {
      const { module, callable, origin } = fact.data
      const library = typeof module === 'string' && origin !== 'misread' ? libraryOf(module) : undefined
      if (!library) return
      const symbol = printable(String(callable))
      this.#link(part, 'library', { kind: 'library', ...library }, { path, symbol, ...atOf(fact) })
    }
  }

  /** Edges of the lock are references with a scheme. */
  #locked(part: Part, { role, target }: { role: string; target: string }, path: string): void {
    const [, scheme, rest = ''] = /^(hf|npm|pypi):(.*)$/.exec(target) ?? []
    if (scheme === 'hf') {
      const kind = rest.startsWith('datasets/') ? 'dataset' : 'model'
      const as = role === 'base-model' ? baseRole(part) : role === 'dataset' ? 'dataset' : 'code'
      this.#link(part, as, hubNamed(kind, rest.replace(/^datasets\//, '').replace(/@.*$/, '')), { path })
    } else if (scheme !== undefined) {
      const [, name = rest, version = ''] = /^(@?[^@=<>~^!\s]+)(?:@|==)?(.*)$/.exec(rest) ?? []
      this.#link(part, 'package', registryNamed(scheme, name, version), { path })
    } else this.#link(part, 'package', { kind: 'library', name: printable(target) }, { path })
  }

  /** A part of this bill, where it is the one that is named; else a component of its own. */
  #link(part: Part, role: Role, named: Named, occurrence: Occurrence): void {
    const id = named.group === undefined ? named.name : `${named.group}/${named.name}`
    const known = this.#byId.get(`${named.kind} ${id}`)
    const ref = known?.ref ?? `${named.kind}:external:${id}${named.version ? `@${named.version}` : ''}`
    if (ref === part.ref) return
    this.#edges.set(`${part.ref}\n${role}\n${ref}`, { from: part.ref, to: ref, role })
    if (known) return
    const held = this.#found.get(ref) ?? { ...named, ref, occurrences: [] }
    this.#found.set(ref, held)
    if (held.occurrences.length < LOCATIONS_KEPT) held.occurrences.push(occurrence)
  }
}

/** An adapter is nothing without its base; a model made from another one stands by itself. */
function baseRole({ files }: Part): Role {
  return files.some(({ name }) => /(?:^|\/)adapter_config\.json$/.test(name)) ? 'adapts' : 'base-model'
}

function atOf({ at }: Fact): Pick<Occurrence, 'at'> {
  return at ? { at } : {}
}

function hubNamed(kind: ExternalKind, value: string): Named {
  const text = printable(value)
  if (!HUB_NAME.test(text)) return { kind, name: text }
  const [group = '', name = ''] = text.split('/')
  if (kind !== 'model') return { kind, group, name }
  const purl = new PackageURL('huggingface', group, name, undefined, undefined, undefined).toString()
  return { kind, group, name, purl }
}

function registryNamed(type: string, full: string, version: string): Named {
  const text = printable(full)
  const cut = text.startsWith('@') ? text.indexOf('/') : -1
  const [group, name] = cut > 0 ? [text.slice(0, cut), text.slice(cut + 1)] : [undefined, text]
  // A range is no version: what it leads to is not known.
  const exact = /^\d[\w.+-]*$/.test(version) ? version : undefined
  const simple = /^[\w.-]+$/.test(name) && (group === undefined || /^@[\w.-]+$/.test(group))
  const purl = simple ? new PackageURL(type, group, name, exact, undefined, undefined).toString() : undefined
  return {
    kind: 'library',
    name,
    ...(group === undefined ? {} : { group }),
    ...(exact === undefined ? {} : { version: exact }),
    ...(purl === undefined ? {} : { purl }),
  }
}

function packageNamed({ data }: Fact): Named | undefined {
  const { form, name, version } = data
  if (typeof name !== 'string' || name === '' || form === 'path') return undefined
  const exact = typeof version === 'string' ? version : ''
  if (form === 'npm' || form === 'pypi') return registryNamed(form, name, exact)
  return { kind: 'library', name: printable(name) }
}
