import { personal } from './content/personal.ts'
import { secret } from './content/secret.ts'
import type { Tap } from './tap.ts'

/** Every tap, one line each. */
export const TAPS: readonly Tap[] = [secret, personal]
