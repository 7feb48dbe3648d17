import type { At } from '../../model/fact.ts'
import type { Finding } from '../../model/finding.ts'
import type { Kind } from '../../model/lock.ts'
import type { Tool } from '../../model/report.ts'
import type { Licence } from './licence.ts'

/**
 * What a bill of materials says, before it has a format. A pure projection of a report and, where there is one, of the lock. All text
 * in it was made visible (`printable`) and every path is a display path, so that no writer has to think of hostile names.
 */
export interface Bill {
  readonly tool: Tool
  /** The project or target that the bill is of. */
  readonly subject: { readonly ref: string; readonly name: string; readonly fromLock: boolean }
  readonly parts: readonly Part[]
  /** Files that belong to no part. */
  readonly files: readonly BillFile[]
  readonly externals: readonly External[]
  readonly edges: readonly BillEdge[]
  readonly findings: readonly BillFinding[]
  /** Places that were met and could not be inspected: folders, links, devices. */
  readonly unread: readonly string[]
}

/** `measured` from bytes; `declared` by a file, a service or the lock. */
export type How = 'measured' | 'declared'

export interface Stated {
  readonly value: string
  readonly how: How
  /** Display path of what says so, or the address of the service. */
  readonly by: string
  readonly at?: At
}

export type Properties = ReadonlyMap<string, readonly Stated[]>

export interface BillFile {
  readonly ref: string
  readonly path: string
  /** Relative to the part that it belongs to. */
  readonly name: string
  readonly size?: number
  readonly format: string
  /** Lower-case hex. `claimed`: nobody computed it here. */
  readonly sha256?: { readonly hex: string; readonly origin: 'computed' | 'claimed' }
  /** What the lock says, where the file is another. */
  readonly locked?: string
  /** Why it was not inspected in full; empty where it was. */
  readonly gaps: readonly string[]
  readonly properties: Properties
}

export type PartKind = 'model' | 'dataset' | 'plugin' | 'prompt'

export const PART_OF: Readonly<Record<Kind, PartKind>> = {
  models: 'model',
  datasets: 'dataset',
  plugins: 'plugin',
  prompts: 'prompt',
}

/** A model, dataset, plugin or prompt with its files. */
export interface Part {
  readonly ref: string
  readonly kind: PartKind
  readonly path: string
  readonly name: string
  readonly group?: string
  /** What its service pins it to, else what it declares. */
  readonly version?: string
  readonly purl?: string
  /** What the lock records of its source. */
  readonly origin?: Origin
  readonly treeDigest?: string
  readonly licences: readonly Licensed[]
  readonly files: readonly BillFile[]
  readonly properties: Properties
  readonly tools: readonly string[]
  readonly capabilities: readonly Capability[]
  readonly signatures: readonly Signed[]
  /** Formats of its files. */
  readonly formats: readonly string[]
  /** What is missing or was not inspected; empty where the list of files is whole. */
  readonly gaps: readonly string[]
}

export interface Origin {
  /** The reference as the manifest writes it. */
  readonly reference: string
  readonly endpoint: string
  readonly id: string
  readonly pin: string
  readonly publisher?: string
  readonly created?: string
}

export interface Licensed extends Licence {
  readonly how: How
  readonly by: string
}

export interface Capability {
  readonly name: string
  readonly scope: string
  readonly tool: string
  /** `inferred` from code, `declared`, `granted`, or `locked`. */
  readonly basis: string
}

export interface Signed {
  readonly file: string
  readonly method: string
  readonly identity: string
  readonly issuer: string
  readonly fingerprint: string
}

export type ExternalKind = 'model' | 'dataset' | 'library'

/** Something that a part names and that is not among the files. */
export interface External {
  readonly ref: string
  readonly kind: ExternalKind
  readonly name: string
  readonly group?: string
  readonly version?: string
  readonly purl?: string
  readonly occurrences: readonly Occurrence[]
}

/** Where it is named. */
export interface Occurrence {
  readonly path: string
  readonly at?: At
  readonly symbol?: string
}

/** `base-model`: made from it. `adapts`: made from it, and of no use without it. */
export type Role = 'base-model' | 'adapts' | 'dataset' | 'library' | 'code' | 'package'

export interface BillEdge {
  readonly from: string
  readonly to: string
  readonly role: Role
}

export interface BillFinding {
  readonly finding: Finding
  /** Reference of the component that it is about. */
  readonly ref: string
  readonly waived: boolean
}

/** Everything with a reference, in the order of the bill. */
export function partsAndFiles(bill: Bill): (Part | BillFile)[] {
  return [...bill.parts.flatMap((part) => [part, ...part.files]), ...bill.files]
}

export function first(properties: Properties, name: string): Stated | undefined {
  return properties.get(name)?.[0]
}
