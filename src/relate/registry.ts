import { capabilities } from './capabilities.ts'
import { collisions } from './collisions.ts'
import { loaderCode } from './loader-code.ts'
import { pluginChain } from './plugin-chain.ts'
import type { Relator } from './relator.ts'
import { sdist } from './sdist.ts'
import { shards } from './shards.ts'
import { torchStorages } from './torch-storages.ts'
import { toxicFlow } from './toxic-flow.ts'

/** Every relator, one line each, in order: each sees what those before it stated. */
export const RELATORS: readonly Relator[] = [
  capabilities,
  collisions,
  loaderCode,
  pluginChain,
  sdist,
  shards,
  torchStorages,
  toxicFlow,
]
