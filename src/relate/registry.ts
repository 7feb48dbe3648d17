import { loaderCode } from './loader-code.ts'
import { pluginChain } from './plugin-chain.ts'
import type { Relator } from './relator.ts'
import { sdist } from './sdist.ts'
import { shards } from './shards.ts'
import { torchStorages } from './torch-storages.ts'

/** Every relator, one line each. */
export const RELATORS: readonly Relator[] = [loaderCode, pluginChain, sdist, shards, torchStorages]
