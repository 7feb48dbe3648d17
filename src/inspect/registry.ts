import { carve } from './content/carve.ts'
import type { Inspector } from './inspector.ts'

/** Every inspector, one line each. The order is the order in which matches are reported. */
export const INSPECTORS: readonly Inspector[] = [carve]
