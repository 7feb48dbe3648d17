import { METHODS, type Signer, type SignerRule } from '../model/signature.ts'
import { globRegex } from './glob.ts'
import { linearRegex } from './regex.ts'
import type { Setting } from './settings.ts'

const KEYS = {
  method: 'required',
  identity: 'optional',
  'identity-pattern': 'optional',
  issuer: 'optional',
  'source-repository': 'optional',
  'workflow-ref': 'optional',
  fingerprint: 'optional',
  key: 'optional',
  chain: 'optional',
} as const

/** One item of `signers`: what it is about, and one signer in the same mapping or several under `any`. */
export function readSignerRule(setting: Setting): SignerRule {
  const o = setting.object({ match: 'required', any: 'optional', ...KEYS, method: 'optional' })
  const match = readGlob(o.match!)
  if (!o.any) return { match, anyOf: [signerOf(setting, o)] }
  if (Object.keys(o).length > 2) setting.fail("give one signer here, or several under 'any', not both")
  return { match, anyOf: o.any.filledList().map((item) => readSigner(item)) }
}

/** One signer, or a list of which one is enough. */
export function readSigners(setting: Setting): Signer[] {
  return setting.type === 'list' ? setting.filledList().map(readSigner) : [readSigner(setting)]
}

function readSigner(setting: Setting): Signer {
  if (setting.type === 'string')
    return setting.fail(
      'a name alone proves nothing; write a mapping with method, and for sigstore both identity and issuer',
    )
  return signerOf(setting, setting.object(KEYS))
}

type Keys = { readonly [key in keyof typeof KEYS]?: Setting }

function signerOf(setting: Setting, o: Keys): Signer {
  if (!o.method) return setting.fail(`'method' is missing; one of ${METHODS.join(', ')}`)
  const text = (key: keyof Keys, name: keyof Signer) => {
    const value = o[key]?.string()
    return value === undefined ? {} : { [name]: value }
  }
  const signer: Signer = {
    method: o.method.oneOf(METHODS),
    ...text('identity', 'identity'),
    ...(o['identity-pattern'] ? { identityPattern: readPattern(o['identity-pattern']) } : {}),
    ...text('issuer', 'issuer'),
    ...text('source-repository', 'sourceRepository'),
    ...text('workflow-ref', 'workflowRef'),
    ...(o.fingerprint ? { fingerprint: o.fingerprint.matching(FINGERPRINT, FINGERPRINT_FORM) } : {}),
    ...text('key', 'key'),
    ...text('chain', 'chain'),
  }
  return checked(setting, signer)
}

const FINGERPRINT = /^sha256:[0-9a-f]{64}$/
const FINGERPRINT_FORM =
  'a fingerprint: sha256: and the SHA-256 of the key (SubjectPublicKeyInfo, DER) in lower-case hex'

const MEANT: Readonly<Record<Signer['method'], readonly (keyof Signer)[]>> = {
  sigstore: ['identity', 'identityPattern', 'issuer', 'sourceRepository', 'workflowRef'],
  key: ['key', 'fingerprint'],
  certificate: ['chain', 'fingerprint', 'identity'],
}

function checked(setting: Setting, signer: Signer): Signer {
  const { method } = signer
  const stray = Object.keys(signer).find(
    (key) => key !== 'method' && !MEANT[method].some((known) => known === key),
  )
  if (stray !== undefined) setting.fail(`'${stray}' means nothing for method ${method}`)
  if (signer.identity !== undefined && signer.identityPattern !== undefined)
    setting.fail("give 'identity' or 'identity-pattern', not both")
  if (
    method === 'sigstore' &&
    (signer.issuer === undefined || (signer.identity ?? signer.identityPattern) === undefined)
  )
    setting.fail("method sigstore needs both 'issuer' and 'identity' (or 'identity-pattern')")
  if (method === 'key' && signer.key === undefined && signer.fingerprint === undefined)
    setting.fail("method key needs 'key' (a PEM file) or 'fingerprint'")
  if (method === 'certificate' && signer.chain === undefined)
    setting.fail("method certificate needs 'chain' (a PEM file of trusted authorities)")
  return signer
}

/** A pattern is matched against the whole identity; one that would take anybody is refused. */
function readPattern(setting: Setting): string {
  const pattern = setting.string()
  try {
    const regex = linearRegex(`^(?:${pattern})$`)
    if (
      regex.test('') ||
      (regex.test('anybody@example.invalid') && regex.test('https://example.invalid/any/body'))
    )
      setting.fail(`'${pattern}' would take anybody; say who`)
  } catch (error) {
    if (error instanceof Error && error.name === 'UsageError') throw error
    setting.fail(`'${pattern}': ${error instanceof Error ? error.message : String(error)}`)
  }
  return pattern
}

function readGlob(setting: Setting): string {
  const glob = setting.string()
  try {
    globRegex(glob)
  } catch (error) {
    setting.fail(`'${glob}': ${error instanceof Error ? error.message : String(error)}`)
  }
  return glob
}
