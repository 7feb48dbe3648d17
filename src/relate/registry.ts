import { capabilities } from './capabilities.ts'
import { collisions } from './collisions.ts'
import { croissant } from './croissant.ts'
import { datasetScript } from './dataset-script.ts'
import { dduf } from './dduf.ts'
import { externalData } from './external-data.ts'
import { installScripts } from './install-scripts.ts'
import { licences } from './licences.ts'
import { loaderCode } from './loader-code.ts'
import { ociLayout } from './oci-layout.ts'
import { pluginChain } from './plugin-chain.ts'
import type { Relator } from './relator.ts'
import { rowOverlap } from './row-overlap.ts'
import { sdist } from './sdist.ts'
import { shards } from './shards.ts'
import { torchStorages } from './torch-storages.ts'
import { toxicFlow } from './toxic-flow.ts'
import { webdataset } from './webdataset.ts'

/** Every relator, one line each. */
export const RELATORS: readonly Relator[] = [
  capabilities,
  collisions,
  croissant,
  datasetScript,
  dduf,
  externalData,
  installScripts,
  licences,
  loaderCode,
  ociLayout,
  pluginChain,
  rowOverlap,
  sdist,
  shards,
  torchStorages,
  toxicFlow,
  webdataset,
]
