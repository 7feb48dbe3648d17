/** The last form is what `gh attestation download` writes. */
const NAMES =
  /\.(?:sig|sigstore|sigstore\.json|bundle|bundle\.json|intoto\.jsonl?|att|attestation\.json|attestation|provenance)$|(?:^|\/)sha(?:256|512)[:-][0-9a-f]+\.jsonl$/i

/** Could a file of this name be a signature? Looked at before anything heavier is loaded. */
export function namesBundle(display: string): boolean {
  return NAMES.test(display)
}
