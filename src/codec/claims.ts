/** Keys under which a file says who made it. Anybody can write anything there. */
const CLAIMS =
  /^(?:general\.(?:author|organization|url|repo_url|doi|quantized_by|source\.(?:url|repo_url)|base_model\.\d+\.(?:author|organization|repo_url))|modelspec\.(?:author|website)|author)$/

const CLAIM_KEPT = 200

/** A claim about the origin, as the data of a `signature.claim`; undefined for other metadata. */
export function claimIn(
  key: string,
  value: string | undefined,
): { by: string; what: string; value: string } | undefined {
  if (!value || !CLAIMS.test(key)) return undefined
  return { by: 'metadata', what: key, value: value.slice(0, CLAIM_KEPT) }
}
