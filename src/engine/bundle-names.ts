const NAMES =
  /\.(?:sig|sigstore|sigstore\.json|bundle|bundle\.json|intoto\.jsonl?|att|attestation\.json|attestation|provenance)$/i

/** Could a file of this name be a signature? Looked at before anything heavier is loaded. */
export function namesBundle(display: string): boolean {
  return NAMES.test(display)
}
