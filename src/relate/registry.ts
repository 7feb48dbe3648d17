import type { Relator } from './relator.ts'
import { shards } from './shards.ts'

/** Every relator, one line each. */
export const RELATORS: readonly Relator[] = [shards]
