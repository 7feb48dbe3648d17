import type { Relator } from './relator.ts'
import { shards } from './shards.ts'
import { torchStorages } from './torch-storages.ts'

/** Every relator, one line each. */
export const RELATORS: readonly Relator[] = [shards, torchStorages]
