export const METHODS = ['sigstore', 'key', 'certificate'] as const
export type SigningMethod = (typeof METHODS)[number]

/**
 * One signer that is accepted. What is given must hold, all of it. A Sigstore signer has an issuer and either an exact
 * identity or a pattern; a key has a file or a fingerprint; a certificate has the authorities that it must lead to.
 */
export interface Signer {
  readonly method: SigningMethod
  /** Subject alternative name of the certificate: an e-mail address or the URI of a workflow; compared whole. */
  readonly identity?: string
  /** RE2 syntax, matched against the whole name: `^(?:…)$` is put around it. */
  readonly identityPattern?: string
  /** The identity provider that vouched for the identity; compared whole. */
  readonly issuer?: string
  /** Source repository URI (Fulcio extension 1.3.6.1.4.1.57264.1.12). */
  readonly sourceRepository?: string
  /** Source repository ref (1.3.6.1.4.1.57264.1.14): `refs/tags/v1.0`. */
  readonly workflowRef?: string
  /** `sha256:` and the SHA-256 of the signing key as SubjectPublicKeyInfo (DER). */
  readonly fingerprint?: string
  /** PEM file of a public key, relative to the file that says so. */
  readonly key?: string
  /** PEM file of the certificate authorities that are trusted, relative to the file that says so. */
  readonly chain?: string
}

/** Who must have signed what a pattern names; one of several signers is enough (keys are rotated). */
export interface SignerRule {
  /** Glob on the reference as the manifest writes it, or on a target's display path. */
  readonly match: string
  readonly anyOf: readonly Signer[]
}

/** What is known of a signature that holds. */
export interface SignatureRecord {
  readonly method: SigningMethod
  readonly identity?: string
  readonly issuer?: string
  /** `sha256:` of the signing key as SubjectPublicKeyInfo (DER). */
  readonly fingerprint: string
  readonly sourceRepository?: string
  readonly sourceRef?: string
  readonly sourceCommit?: string
  /** The workflow that signed (Fulcio extension 1.3.6.1.4.1.57264.1.9). */
  readonly workflow?: string
  /** Hex of the transparency log's key id. */
  readonly logId?: string
  readonly logIndex?: string
  /** ISO 8601, UTC. */
  readonly signedAt?: string
  readonly timeSource?: 'transparency-log' | 'timestamp-authority'
  readonly predicateType?: string
  /** `sha256:` of the signature file. */
  readonly bundleDigest: string
  /** The root digest of an OMS statement, recomputed from the files in the order of the statement. */
  readonly rootDigest?: string
  /** It is not among the files: the service that publishes them has it. */
  readonly from?: 'service'
  /** `sha256:` of the trusted root that it was held against; none for keys. */
  readonly trustedRootDigest?: string
}

/**
 * Why a signature does not hold. Each is an answer of its own: what a person does about a changed file is not what they
 * do about an unknown signer.
 */
export type SignatureTrouble =
  | 'malformed'
  | 'unsupported'
  | 'legacy'
  | 'no-statement'
  | 'wrong-predicate'
  | 'root-digest'
  | 'names'
  | 'shards'
  | 'wrong-method'
  | 'wrong-key'
  | 'wrong-identity'
  | 'wrong-issuer'
  | 'wrong-source'
  | 'chain'
  | 'expired'
  | 'signature'
  | 'log'
  | 'timestamp'
  | 'trusted-root'
  | 'subject'
  | 'files'

/** A hash over the whole file, or over each of its shards. */
export interface Measure {
  readonly algorithm: HashName
  /** Bytes; absent for the whole file. */
  readonly shardSize?: number
}

export const HASHES = ['sha256', 'sha384', 'sha512', 'blake2b', 'blake3'] as const
export type HashName = (typeof HASHES)[number]

/** What measuring gave: one digest in hex, or one for each shard in order (none for an empty file). */
export interface Measured {
  readonly measure: Measure
  readonly digests: readonly string[]
}

export function measureKey({ algorithm, shardSize }: Measure): string {
  return shardSize === undefined ? algorithm : `${algorithm}/${shardSize}`
}
