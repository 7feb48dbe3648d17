import type { Inspection } from '../model/report.ts'
import type { SignatureRecord } from '../model/signature.ts'
import type { Trust } from '../sign/verify.ts'
import type { FoundBundle } from './bundles.ts'
import type { Inspected, RootTask } from './node.ts'
import type { SignerDemand, SignerRules } from './signer-rules.ts'

export interface SignatureOptions {
  /** Who must have signed what: of the policy, and of the manifest. */
  readonly signers?: readonly SignerDemand[]
  /** A trusted root instead of the shipped one. */
  readonly trustedRoot?: string
  /** The root that `trust update` stored, used where there is one. */
  readonly storedRoot?: string
  /** What must be signed and is not does not fail; it is reported all the same. */
  readonly allowUnsigned?: boolean
}

/** A target with the other names that rules may call it by: the reference of an entry. */
export interface SignedTarget {
  readonly display: string
  readonly names: readonly string[]
  /** Which files of it are meant to be here at all; all unless given. */
  readonly selects?: (path: string) => boolean
  /** The file that stands for all of it, by display path: the manifest of an OCI artifact. */
  readonly root?: string
  /** Signatures that its service publishes, verified when it was locked; the lock's digests bind them to the files. */
  readonly recorded?: readonly SignatureRecord[]
}

/** The part of a run that is about signatures; nothing where there is none and none is wanted. */
export interface Signatures {
  /** The tasks, with what must be hashed for the signatures. */
  readonly tasks: readonly RootTask[]
  /** Verifies everything and joins the facts. */
  conclude(inspection: Inspection, inspected: readonly Inspected[]): Promise<Concluded>
}

/** Of the signatures that hold, by the display path of what they are over. */
export type Records = ReadonlyMap<string, readonly SignatureRecord[]>

export interface Concluded {
  readonly inspection: Inspection
  readonly records: Records
}

/** What a conclusion is drawn from. */
export interface Around {
  readonly tasks: readonly RootTask[]
  readonly targets: readonly SignedTarget[]
  readonly rules: SignerRules
  readonly trust: Trust
  readonly bundles: readonly FoundBundle[]
  readonly allowUnsigned: boolean
}
