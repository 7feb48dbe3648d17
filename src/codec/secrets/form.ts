/**
 * What speaks for a secret being a live one. `valid`: a checksum holds, which only the provider computes; `structure`: it
 * decodes, or carries a mark inside, as the provider's own do; `none`: the form has nothing to check;
 * `broken`: the checksum does not hold, so that nobody issued it.
 */
export type Check = 'valid' | 'structure' | 'none' | 'broken'

/** One form of secret: an anchor that must occur, and what must stand around it. */
export interface SecretForm {
  readonly provider: string
  /** `key`, `token`, `webhook`, `password`, `private-key`, `session`. */
  readonly kind: string
  /** Looked for without regard to case. */
  readonly anchor: string
  /**
   * Sticky: tried where the anchor begins, or at each of the `back` characters before. Every part is bounded, so that the
   * time is linear. The group `secret` is what to hide where that is not all.
   */
  readonly pattern: RegExp
  readonly back?: number
  /** Characters of the match that are the same in every secret of the form, and may be shown. */
  readonly prefix: number
  /** What a match is worth; undefined where it is no secret after all. */
  readonly check?: (secret: string) => Check | undefined
}
