import type { KeyObject } from 'node:crypto'
import type { SignatureRecord } from '../model/signature.ts'
import type { Envelope, SignatureBundle } from './bundle.ts'
import { verifyChain } from './chain.ts'
import { checkSigner } from './identity.ts'
import { verifyLegacyEnvelope } from './legacy.ts'
import { OMS_LEGACY } from './oms.ts'
import type { Root } from './root.ts'
import { fingerprintOf, hintOf, readPublicKey, verifyDigest, verifyEnvelope } from './signature.ts'
import type { ReadySigner } from './signers.ts'
import { type Signed, verifySigstore } from './sigstore.ts'
import { readStatement } from './statement.ts'
import { NotVerified } from './trouble.ts'

/** What a signature is held against. */
export interface Trust {
  readonly root: Root
  readonly now: Date
  /** Take signatures of v0.2 of the OMS reference tool too. */
  readonly legacy?: boolean
}

export type Outcome =
  | { readonly state: 'verified'; readonly record: SignatureRecord }
  /** Its form is fine, and nobody has said which key or authority would be the right one. */
  | { readonly state: 'unchecked'; readonly method: 'key' | 'certificate' }

/**
 * Verifies who signed a bundle: by one of the signers, of which one is enough, or by anybody at all where `signers` is
 * undefined (then a key or certificate of ours is missing, and the outcome is `unchecked`). What was signed is the
 * caller's to hold against the artifact: `readStatement`, `readOms`, or the digest of the message. Throws `NotVerified`.
 */
export function verifySigner(
  bundle: SignatureBundle,
  signers: readonly ReadySigner[] | undefined,
  trust: Trust,
): Outcome {
  const method = methodOf(bundle)
  if (isLegacy(bundle) && !trust.legacy)
    throw new NotVerified('legacy', 'signed by v0.2 of the OMS tool, in a way that is not supported any more')
  if (!signers) {
    if (method === 'sigstore') return verified(bundle, verifySigstore(bundle, trust))
    return { state: 'unchecked', method }
  }
  const fitting = signers.filter((signer) => signer.method === method)
  if (fitting.length === 0) {
    const wanted = [...new Set(signers.map((signer) => signer.method))].join(' or ') || 'nothing'
    throw new NotVerified('wrong-method', `signed by ${method}, wanted is ${wanted}`)
  }
  // The certificate, the logs and the times are the same whoever is wanted.
  const sigstore = method === 'sigstore' ? verifySigstore(bundle, trust) : undefined
  let first: NotVerified | undefined
  for (const signer of fitting) {
    try {
      const signed = sigstore ?? verifyOwn(bundle, signer, trust)
      checkSigner(signed, signer)
      return verified(bundle, signed)
    } catch (error) {
      if (!(error instanceof NotVerified)) throw error
      first ??= error
    }
  }
  throw first ?? new NotVerified('wrong-method', 'nobody is trusted')
}

function verified(bundle: SignatureBundle, signed: Signed): Outcome {
  return { state: 'verified', record: { ...signed, bundleDigest: bundle.digest } }
}

/** Old Sigstore bundles may carry a chain, new ones a certificate; a chain in a new one is that of OMS certificates. */
export function methodOf({ material, mediaType }: SignatureBundle): 'sigstore' | 'key' | 'certificate' {
  if (material.kind === 'key') return 'key'
  if (material.kind === 'certificate') return 'sigstore'
  return /version=0\.[12]$/.test(mediaType) ? 'sigstore' : 'certificate'
}

function verifyOwn(bundle: SignatureBundle, signer: ReadySigner, trust: Trust): Signed {
  return signer.method === 'key' ? verifyKey(bundle, signer, trust) : verifyCertificate(bundle, signer, trust)
}

/** A signature by a key that we hold, or by the key in the bundle where its fingerprint is the wanted one. */
function verifyKey(bundle: SignatureBundle, signer: ReadySigner, trust: Trust): Signed {
  if (bundle.material.kind !== 'key') throw new NotVerified('wrong-method', 'the bundle is not one of a key')
  const { hint, pem } = bundle.material
  const theirs = pem === undefined ? undefined : readPublicKey(pem, 'the key in the bundle')
  const key = signer.publicKey ?? theirs
  if (!key)
    throw new NotVerified('wrong-key', 'the bundle names a key and does not hold it; give the key as a file')
  const fingerprint = fingerprintOf(key)
  if (signer.fingerprint !== undefined && signer.fingerprint !== fingerprint)
    throw new NotVerified('wrong-key', `signed with the key ${fingerprint}, wanted is ${signer.fingerprint}`)
  if (signer.publicKey === undefined && signer.fingerprint === undefined)
    throw new NotVerified('wrong-key', 'neither a key nor a fingerprint is given to hold it against')
  if (theirs && fingerprintOf(theirs) !== fingerprint)
    throw new NotVerified(
      'wrong-key',
      `signed with the key ${fingerprintOf(theirs)}, wanted is ${fingerprint}`,
    )
  // Hints are free text but for those of the reference tool: a digest of another key is another key.
  if (hint !== undefined && /^[0-9a-f]{64}$/.test(hint) && hint !== hintOf(key))
    throw new NotVerified('wrong-key', `the bundle names the key ${hint}, which is not the given one`)
  checkContent(bundle, key, trust)
  return { method: 'key', fingerprint }
}

function verifyCertificate(bundle: SignatureBundle, signer: ReadySigner, trust: Trust): Signed {
  const { material } = bundle
  if (material.kind !== 'chain')
    throw new NotVerified('wrong-method', 'the bundle has no chain of certificates')
  if (!signer.authorities)
    throw new NotVerified('chain', 'no certificate authority is given to hold it against')
  const leaf = verifyChain(material.certificates, signer.authorities, trust.now)
  checkContent(bundle, leaf.publicKey, trust)
  return {
    method: 'certificate',
    fingerprint: fingerprintOf(leaf.publicKey),
    identity: leaf.subject.replaceAll('\n', ', '),
  }
}

function checkContent({ content }: SignatureBundle, key: KeyObject, { legacy = false }: Trust): void {
  const holds =
    content.kind === 'dsse'
      ? verifyEnvelope(content, key) || (legacy && verifyLegacyEnvelope(content, key))
      : verifyDigest(content, key)
  if (!holds) throw new NotVerified('signature', 'the signature is not of this key over this content')
}

function isLegacy({ content }: SignatureBundle): boolean {
  return (
    content.kind === 'dsse' &&
    content.payload.includes(OMS_LEGACY) &&
    readStatement(content).predicateType === OMS_LEGACY
  )
}

export function envelopeOf({ content }: SignatureBundle): Envelope {
  if (content.kind === 'dsse') return content
  throw new NotVerified('no-statement', 'what is signed is a file and no statement')
}
