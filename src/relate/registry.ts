import { capabilities } from './capabilities.ts'
import { loaderCode } from './loader-code.ts'
import type { Relator } from './relator.ts'
import { sdist } from './sdist.ts'
import { shards } from './shards.ts'
import { torchStorages } from './torch-storages.ts'

/** Every relator, one line each. */
export const RELATORS: readonly Relator[] = [capabilities, loaderCode, sdist, shards, torchStorages]
