import { dduf } from './dduf.ts'
import { externalData } from './external-data.ts'
import { installScripts } from './install-scripts.ts'
import { loaderCode } from './loader-code.ts'
import { ociLayout } from './oci-layout.ts'
import type { Relator } from './relator.ts'
import { rowOverlap } from './row-overlap.ts'
import { sdist } from './sdist.ts'
import { shards } from './shards.ts'
import { torchStorages } from './torch-storages.ts'

/** Every relator, one line each. */
export const RELATORS: readonly Relator[] = [
  dduf,
  externalData,
  installScripts,
  loaderCode,
  ociLayout,
  rowOverlap,
  sdist,
  shards,
  torchStorages,
]
