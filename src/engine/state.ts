import type { Checksum, Damage, Span } from '../inspect/inspector.ts'
import { type FactDraft, FactFold } from '../model/fact.ts'
import type { Limits } from '../model/limits.ts'
import { byCodePoint } from '../model/order.ts'
import type { Coverage } from '../model/report.ts'
import { FormatError, type TroubleKind } from '../model/trouble.ts'

/** What is being learnt of one artifact while it is inspected. */
export class ArtifactState {
  readonly fold = new FactFold()
  readonly spans: Span[] = []
  readonly checksums: Checksum[] = []
  /** Ranges that are children of their own, and how many children had to be unpacked. */
  readonly handed: Span[] = []
  packed = 0
  readonly #limits: Limits
  readonly #troubles = new Set<TroubleKind>()
  readonly #names = new Map<string, number>()

  constructor(limits: Limits) {
    this.#limits = limits
  }

  add(draft: FactDraft): void {
    if (this.fold.add(draft) && this.fold.size > this.#limits.facts) {
      throw new FormatError(
        'limit',
        `limit facts (${this.#limits.facts}) reached; --limit facts=VALUE raises it`,
      )
    }
  }

  damage(damage: Omit<Damage, 'type'>, format: string): void {
    this.#troubles.add(damage.kind)
    const data = { message: damage.message, format }
    this.fold.add({ kind: `parse.${damage.kind}`, data, ...(damage.at ? { at: damage.at } : {}) })
  }

  /** The one place where a thrown error becomes a result. An error that is none of ours is our own bug. */
  trouble(error: unknown, format: string): void {
    if (error instanceof FormatError) {
      const at = error.offset === undefined ? {} : { at: { offset: error.offset } }
      this.damage({ kind: error.kind, message: error.message, ...at }, format)
      if (error.fact) this.fold.add(error.fact)
    } else {
      const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
      this.damage({ kind: 'internal', message }, format)
    }
  }

  span(span: Span, format: string): void {
    this.spans.push(span)
    if (span.as === 'unproven') {
      const at = { offset: span.offset, length: span.length }
      this.damage({ kind: span.why ?? 'unsupported', message: 'a range was not inspected', at }, format)
    }
  }

  /** Nothing was learnt yet: no fact, no trouble, no member. */
  get isEmpty(): boolean {
    return this.fold.size === 0 && this.#names.size === 0
  }

  /** Is there trouble of this kind, or of any? */
  has(kind?: TroubleKind): boolean {
    return kind === undefined ? this.#troubles.size > 0 : this.#troubles.has(kind)
  }

  /** Something other than trouble was learnt. */
  get isTelling(): boolean {
    return this.#names.size > 0 || this.fold.facts('').some((fact) => !isTrouble(fact))
  }

  /** Takes over what was learnt on trial. */
  absorb(other: ArtifactState): void {
    for (const { kind, data, count, locations } of other.fold.facts(''))
      this.add({ kind, data, count, locations })
    this.spans.push(...other.spans)
    this.checksums.push(...other.checksums)
    this.handed.push(...other.handed)
    this.packed += other.packed
    for (const trouble of other.#troubles) this.#troubles.add(trouble)
    for (const [name, count] of other.#names) this.#names.set(name, count)
  }

  /** Members with one name are different artifacts: the second is `name#2`. */
  childName(name: string): string {
    const seen = (this.#names.get(name) ?? 0) + 1
    this.#names.set(name, seen)
    return seen === 1 ? name : this.childName(`${name}#${seen}`)
  }

  /** @param unfetched bytes of data by structure that were left where they are. */
  coverage(artifact: string, recognised: boolean, unfetched = 0): Coverage {
    const far = unfetched > 0 ? { unfetched } : {}
    if (this.#troubles.size === 0) return { artifact, state: 'full', ...far }
    return {
      artifact,
      state: recognised ? 'partial' : 'none',
      why: [...this.#troubles].toSorted(byCodePoint),
      ...far,
    }
  }
}

/** What prose gives, too, when it is read as a pickle: a stream, its oddities, an id, and then the end. */
function isTrouble(fact: { readonly kind: string }): boolean {
  return fact.kind.startsWith('parse.') || /\.(stream|differential|persistent)$/.test(fact.kind)
}
