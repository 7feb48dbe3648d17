import { createPublicKey } from 'node:crypto'
import { listOf, objectOf, textOf } from '../codec/json-values.ts'
import type { JsonObject } from '../model/fact.ts'
import type { SignatureBundle } from './bundle.ts'
import { shippedNpmKeys } from './root.ts'
import { type Signed, verifySigstore } from './sigstore.ts'
import { NotVerified } from './trouble.ts'
import type { Trust } from './verify.ts'

export const NPM_PUBLISH = 'https://github.com/npm/attestation/tree/main/specs/publish/v0.1'

/**
 * npm signs its publish attestations with a key of its own: it says that the registry received this version, not who
 * built it. The key must be one that was in use for attestations when the log saw the signature. Throws `NotVerified`.
 * `keyFile` replaces the shipped keys.
 */
export async function verifyNpmPublish(
  bundle: SignatureBundle,
  trust: Trust,
  keyFile?: JsonObject,
): Promise<Signed> {
  if (bundle.material.kind !== 'key')
    throw new NotVerified('wrong-method', 'a publish attestation has no key')
  const { hint = '' } = bundle.material
  const keys = listOf((keyFile ?? (await shippedNpmKeys())).keys).map(objectOf)
  const entry = keys.find((key) => key.keyId === hint && key.keyUsage === 'npm:attestations')
  if (!entry) throw new NotVerified('wrong-key', `${hint} is no key that npm signs attestations with`)
  const { rawBytes, validFor } = objectOf(entry.publicKey)
  const der = Buffer.from(textOf(rawBytes), 'base64')
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' })
  const signed = verifySigstore(bundle, { ...trust, key })
  const { start, end } = objectOf(validFor)
  const at = Date.parse(signed.signedAt ?? '')
  const inUse = at >= Date.parse(textOf(start)) && (end === undefined || at <= Date.parse(textOf(end)))
  if (!inUse)
    throw new NotVerified('expired', `the key ${hint} was not in use when the log saw the signature`)
  return signed
}
