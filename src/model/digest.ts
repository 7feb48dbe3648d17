/** A hash of bytes, and whether we computed it here or somebody told us (contracts: "Digests and passes"). */
export interface Digest {
  readonly algorithm: 'sha256'
  /** Lower-case hexadecimal. */
  readonly hex: string
  readonly origin: 'computed' | 'claimed'
}
