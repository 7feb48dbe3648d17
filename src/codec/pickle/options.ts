import type { Meter } from '../../bytes/meter.ts'
import type { TroubleKind } from '../../model/trouble.ts'
import type { Elements } from './stack.ts'

export interface PickleDamage {
  readonly kind: TroubleKind
  readonly message: string
  readonly offset: number
}

export interface PickleScanOptions {
  /** Where the first pickle begins. Default 0. */
  readonly offset?: number
  /** Pickles to read at most. Default: go on behind each STOP as long as another one begins there. */
  readonly pickles?: number
  readonly meter?: Meter
  readonly signal?: AbortSignal
  /** Called in order for every persistent id of the plain reading, with the elements of its tuple. */
  readonly persistent?: (offset: number, elements: Elements | undefined) => void
}
