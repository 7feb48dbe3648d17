import type { Secret } from '../codec/secrets/find.ts'
import type { Artifact } from '../model/artifact.ts'
import type { FactCatalogue, FactDraft, Location } from '../model/fact.ts'

/** A stretch of an artifact's bytes, one character a byte (or a unit of UTF-16), so that patterns run over it as it is. */
export interface Piece {
  readonly text: string
  /** What begins in `[from, upto)` of `text` is this piece's; what stands outside is there to be read along. */
  readonly from: number
  readonly upto: number
  /** Where a character of it stands in the artifact. */
  place(start: number, length: number): Location
}

export interface TapContext {
  readonly artifact: Artifact
  /** Takes a secret out of everything that is stated of this root file, wherever it is quoted. */
  hide(secret: Secret): void
  /** Was a secret with this fingerprint stated of something inside the artifact already? */
  isStated(fingerprint: string): boolean
  /** Its rows were read as text: what they hold has been stated with columns and rows. */
  readonly hasRows: boolean
}

/**
 * What is looked for in any content, whatever its format. The engine feeds every artifact's own bytes to all taps, once the
 * inspectors are done: without the ranges that are bulk data or were handed on as children.
 */
export interface Tap {
  readonly id: string
  readonly facts: FactCatalogue
  open(context: TapContext): TapRun
}

export interface TapRun {
  /** Pieces come in order and overlap. */
  write(piece: Piece): void
  end(): Iterable<FactDraft>
}
