import type { TroubleKind } from '../model/trouble.ts'
import type { Expected } from './checksum.ts'

/** Steps that the reader may be ahead of the one who hashes. */
export const TURNS = 8

/** Places of the counters: steps that stand in the ring, and steps that may be written over. */
export const FILLED = 0
export const FREED = 1

/** An open file to be read from its first byte to `size` into a ring of `TURNS` steps. */
export interface Ahead {
  readonly descriptor: number
  readonly size: number
  readonly expected: readonly Expected[]
  readonly ring: SharedArrayBuffer
  readonly counters: SharedArrayBuffer
}

/** The places in `expected` of the checksums that did not hold; or what kept the file from being read. */
export type AheadOutcome =
  | { readonly failed: readonly number[] }
  | {
      readonly trouble: {
        readonly kind: TroubleKind
        readonly message: string
        readonly offset: number | undefined
      }
    }
