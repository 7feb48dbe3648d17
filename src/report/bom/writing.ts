import type { JsonObject } from '../../model/fact.ts'
import type { Bill, BillEdge, BillFile, External, Part, Stated } from './bill.ts'
import type { Citations } from './citations.ts'

/** Everything that one document needs while its components are written. */
export interface Writing {
  readonly bill: Bill
  readonly isLatest: boolean
  readonly citations: Citations
  readonly byRef: ReadonlyMap<string, Part | External>
  readonly edgesFrom: ReadonlyMap<string, readonly BillEdge[]>
}

/** A property in the namespace of this program. */
export function named(name: string, value: string): JsonObject {
  return { name: `weighmaster:${name}`, value }
}

/** How each is known is part of the name, so that it is not lost where citations are not read (CycloneDX 1.6). */
export function statedProperties(properties: BillFile['properties']): JsonObject[] {
  return [...properties].flatMap(([name, all]) => all.map(({ value, how }) => named(`${how}:${name}`, value)))
}

export function cite(citations: Citations, at: string, stated: Stated | undefined): void {
  if (stated) citations.add(at, stated)
}
