import { linearRegex } from '../codec/regex.ts'
import type { Signer } from '../model/signature.ts'
import type { Signed } from './sigstore.ts'
import { NotVerified } from './trouble.ts'

/**
 * Is a signature that holds one of this signer? Exact names are compared whole, never searched for; patterns are linear
 * in time and anchored at both ends. Throws `NotVerified` that says which part differs.
 */
export function checkSigner(signed: Signed, signer: Signer): void {
  if (signed.method !== signer.method)
    throw new NotVerified('wrong-method', `signed by ${signed.method}, wanted is ${signer.method}`)
  const { identity, identityPattern, issuer, fingerprint } = signer
  if (signer.method === 'sigstore' && (issuer === undefined || (identity ?? identityPattern ?? '') === ''))
    throw new NotVerified('wrong-identity', 'no identity and issuer are given to hold it against')
  if (identity !== undefined && signed.identity !== identity)
    throw new NotVerified('wrong-identity', `signed by ${signed.identity ?? 'nobody'}, wanted is ${identity}`)
  if (identityPattern !== undefined && !linearRegex(`^(?:${identityPattern})$`).test(signed.identity ?? ''))
    throw new NotVerified(
      'wrong-identity',
      `signed by ${signed.identity ?? 'nobody'}, wanted is ${identityPattern}`,
    )
  if (issuer !== undefined && signed.issuer !== issuer)
    throw new NotVerified('wrong-issuer', `vouched for by ${signed.issuer ?? 'nobody'}, wanted is ${issuer}`)
  checkSource('source repository', signed.sourceRepository, signer.sourceRepository)
  checkSource('source ref', signed.sourceRef, signer.workflowRef)
  if (fingerprint !== undefined && signed.fingerprint !== fingerprint)
    throw new NotVerified('wrong-key', `signed with the key ${signed.fingerprint}, wanted is ${fingerprint}`)
}

function checkSource(what: string, is: string | undefined, wanted: string | undefined): void {
  if (wanted !== undefined && is !== wanted)
    throw new NotVerified('wrong-source', `the ${what} is ${is ?? 'not named'}, wanted is ${wanted}`)
}
