import type { FactDraft } from './fact.ts'

/** Why something could not be read or fully inspected. Every kind but none is a reason for `incomplete`. */
export type TroubleKind =
  | 'truncated'
  | 'corrupt'
  | 'limit'
  | 'unsupported'
  | 'encrypted'
  | 'unreadable'
  | 'internal'

/**
 * What a codec throws for bytes it cannot decode. Inspectors let it pass; `engine/inspect.ts` turns it into a
 * `parse.<kind>` fact and partial coverage, keeping everything that was found before.
 */
export class FormatError extends Error {
  readonly kind: TroubleKind
  /** Byte offset in the source being decoded, where known. */
  readonly offset: number | undefined
  /** What there is to know beside the trouble: a server that lied is more than a file that cannot be read. */
  readonly fact: FactDraft | undefined

  constructor(kind: TroubleKind, message: string, offset?: number, fact?: FactDraft) {
    super(message)
    this.name = 'FormatError'
    this.kind = kind
    this.offset = offset
    this.fact = fact
  }
}

/** The user's own mistake: a bad flag, policy, rule file or target. The CLI prints it in one line and exits 4. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UsageError'
  }
}
