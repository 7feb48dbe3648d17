import { METHODS, type SignatureRecord, type Signer } from '../model/signature.ts'
import type { Value } from './value.ts'

const SHA256 = /^sha256:[0-9a-f]{64}$/
const FORM = 'sha256: and 64 lower-case hex digits'

const SIGNER_TEXTS = [
  'identity',
  'identityPattern',
  'issuer',
  'sourceRepository',
  'workflowRef',
  'fingerprint',
  'key',
  'chain',
] as const

/** Who must have signed, as the manifest asked for it when it was locked. */
export function readSigner(value: Value): Signer {
  value.only(['method', ...SIGNER_TEXTS])
  return { method: value.key('method').oneOf(METHODS), ...texts(value, SIGNER_TEXTS) }
}

const RECORD_TEXTS = [
  'identity',
  'issuer',
  'sourceRepository',
  'sourceRef',
  'sourceCommit',
  'workflow',
  'logId',
  'logIndex',
  'signedAt',
  'predicateType',
] as const

/** A signature that held when it was recorded. */
export function readSignature(value: Value): SignatureRecord {
  value.only([
    'method',
    'bundleDigest',
    'from',
    'fingerprint',
    'rootDigest',
    'timeSource',
    'trustedRootDigest',
    ...RECORD_TEXTS,
  ])
  const digest = (key: string) => {
    const text = value.optional(key)?.matching(SHA256, FORM)
    return text === undefined ? {} : { [key]: text }
  }
  const timeSource = value.optional('timeSource')?.oneOf(['transparency-log', 'timestamp-authority'])
  const from = value.optional('from')?.oneOf(['service'])
  return {
    method: value.key('method').oneOf(METHODS),
    fingerprint: value.key('fingerprint').matching(SHA256, FORM),
    bundleDigest: value.key('bundleDigest').matching(SHA256, FORM),
    ...texts(value, RECORD_TEXTS),
    ...(timeSource === undefined ? {} : { timeSource }),
    ...(from === undefined ? {} : { from }),
    ...digest('rootDigest'),
    ...digest('trustedRootDigest'),
  }
}

function texts(value: Value, keys: readonly string[]): Record<string, string> {
  const found = keys.map((key) => [key, value.optional(key)?.string()] as const)
  return Object.fromEntries(found.filter((pair): pair is readonly [string, string] => pair[1] !== undefined))
}
