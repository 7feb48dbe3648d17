import type { Meter } from '../bytes/meter.ts'
import type { ByteSource, ByteStream } from '../bytes/source.ts'
import type { Artifact } from '../model/artifact.ts'
import type { At, FactCatalogue, FactDraft } from '../model/fact.ts'
import type { TroubleKind } from '../model/trouble.ts'

/** An artifact together with its bytes. Never leaves its thread. */
export interface Opened {
  readonly artifact: Artifact
  readonly bytes: ByteSource
}

/** How an inspector recognises its format: by content first; names only choose between weak matches. */
export interface Detect {
  /** Any of these at its offset is a strong match. `??` in the hex is any byte. A negative offset counts from the end. */
  readonly magic?: readonly { readonly offset: number; readonly hex: string }[]
  /**
   * For formats whose magic is not a constant (zlib, tar v7, text pickles, an end-of-central-directory in the tail).
   * Pure and quick; `trial` where only reading on can tell. `head` is the first 64 KiB at most, `tail` the last 66 KiB at most.
   */
  readonly probe?: (head: Uint8Array, tail: Uint8Array, size: number) => 'strong' | 'weak' | 'trial' | 'no'
  /** Lower-case suffixes with the dot. A suffix that promises this format over other content is a fact. */
  readonly suffix?: readonly string[]
  /** Whole lower-case file names. */
  readonly name?: readonly string[]
  /** The whole path in lower case, `/`-separated: for files that are what they are because of the folder they lie in. */
  readonly path?: RegExp
  /**
   * Loaders of this format go by the name alone (source code): a weak match that the name promises counts beside strong
   * ones, whatever else the first bytes look like.
   */
  readonly byName?: boolean
  /** Its inspector looks itself for what lies at the end of the file; then no more than it asks for is fetched of a remote one. */
  readonly ownsTail?: boolean
  /** A weak match counts only for the names that promise the format: nothing but the name tells it from its kin. */
  readonly onlyNamed?: boolean
  /** Names of files that are bulk data without any structure: this claims them where no content matched anything. */
  readonly bare?: RegExp
  /** Where content did match something: can it be this as well, as the bare name says? It then runs on trial. */
  readonly bareToo?: (head: Uint8Array, size: number) => boolean
}

/** What a container says of a member; claims, not facts. */
export interface EntryMeta {
  readonly size?: number
  readonly compressed?: number
  readonly method?: string
}

/** Something inside: a member, a nested stream, an embedded document, a trailing region. */
export interface Child {
  readonly type: 'child'
  /** As the container spells it; `anonymousName()` where it has none. */
  readonly name: string
  readonly bytes: ByteSource | ByteStream
  readonly declared?: EntryMeta
  /** Id of an inspector that runs besides those that detection finds. */
  readonly format?: string
  /**
   * Bulk data that no loader interprets (tensor bytes). It is not hashed unless asked for; strong magics at its
   * start and end are still looked for.
   */
  readonly opaque?: boolean
  /** Bulk data of a remote file that its container vouches for by structure: not even its ends are fetched. */
  readonly unseen?: boolean
  /**
   * Its end is not known (a carved candidate): what its inspectors leave uncovered is the parent's business, and if
   * none of them recognises it, it was no artifact at all.
   */
  readonly open?: boolean
  /** A range that no inspector accounted for; only the engine makes these. */
  readonly region?: boolean
}

/** How a range of the artifact's own bytes was accounted for. What nobody accounts for is `parse.unaccounted`. */
export interface Span {
  readonly type: 'span'
  readonly offset: number
  readonly length: number
  /** `unproven` makes the coverage partial, for the reason given. */
  readonly as: 'inspected' | 'opaque' | 'unproven'
  readonly why?: TroubleKind
}

/** A CRC-32 to verify in the one pass over the bytes: no second read. Mismatch is `entry.checksum`. */
export interface Checksum {
  readonly type: 'checksum'
  readonly offset: number
  readonly length: number
  readonly crc32: number
  /** Name of the member it belongs to. */
  readonly member: string
}

export interface FactEmission extends FactDraft {
  readonly type: 'fact'
}

/** Recoverable damage: a `parse.<kind>` fact and partial coverage, after which the inspector goes on. */
export interface Damage {
  readonly type: 'damage'
  readonly kind: TroubleKind
  readonly message: string
  readonly at?: At
}

export type Emission = FactEmission | Child | Span | Checksum | Damage

export interface InspectContext {
  readonly meter: Meter
  readonly signal: AbortSignal
  /** Containers around this artifact: 0 for a root file. */
  readonly depth: number
  /** It is a range that no inspector of its parent accounted for. */
  readonly region: boolean
  /** Rows of a table to read as text; `Infinity` is all of them. */
  readonly rows: number
}

/**
 * A format: data plus one function. It states facts and hands out children; it never opens another inspector, never
 * catches, never judges. Children must be consumed by the engine before the generator is resumed.
 */
export interface Inspector {
  readonly id: string
  readonly detect: Detect
  readonly facts: FactCatalogue
  /** Runs on what nothing recognised, to look for formats embedded in it. */
  readonly searches?: boolean
  inspect?(opened: Opened, context: InspectContext): AsyncIterable<Emission>
}

export function fact(kind: string, data: FactDraft['data'], at?: At, text?: string): FactEmission {
  return { type: 'fact', kind, data, ...(at ? { at } : {}), ...(text === undefined ? {} : { text }) }
}
