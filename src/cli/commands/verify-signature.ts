import { verifyBundle } from '../../engine/signed-blob.ts'
import { type Verification, verifyModel } from '../../engine/signed-model.ts'
import type { Signer } from '../../model/signature.ts'
import { UsageError } from '../../model/trouble.ts'
import { printable } from '../../report/printable.ts'
import type { SignerFlags, VerifyBundleFlags, VerifyModelFlags } from '../args-sign.ts'
import { EXIT } from '../exit.ts'
import { untilInterrupted } from '../signals.ts'
import { trustStore } from '../trust-store.ts'

/** `weighmaster verify-model`: one OMS signature, answered by the exit code. */
export async function verifyModelCommand(target: string, flags: VerifyModelFlags): Promise<void> {
  const { trustedRoot, signature, legacy = false } = flags
  const signer = signerOf(flags)
  await untilInterrupted(async (signal) => {
    const found = await verifyModel(target, {
      signer,
      ignore: flags.ignore ?? [],
      legacy,
      storedRoot: trustStore(),
      ...(trustedRoot === undefined ? {} : { trustedRoot }),
      ...(signature === undefined ? {} : { signature }),
      signal,
    })
    answer(target, found)
  })
}

/** `weighmaster verify-bundle`: one Sigstore bundle over one blob, answered by the exit code. */
export async function verifyBundleCommand(blob: string, flags: VerifyBundleFlags): Promise<void> {
  const { trustedRoot, bundle, withoutLog = false } = flags
  const signer = signerOf(flags)
  if (withoutLog && signer.method !== 'key')
    throw new UsageError('--without-log: only with --key; an identity proves nothing without the log')
  await untilInterrupted(async (signal) => {
    const found = await verifyBundle(blob, {
      bundle,
      signer,
      withoutLog,
      storedRoot: trustStore(),
      ...(trustedRoot === undefined ? {} : { trustedRoot }),
      signal,
    })
    answer(blob, found)
    if (found.state === 'verified' && withoutLog && found.record.logId === undefined)
      process.stderr.write('weighmaster: verified without a transparency log, as --without-log says\n')
  })
}

/** Exactly one way to say who must have signed; identity and issuer go together. */
function signerOf(flags: SignerFlags): Signer {
  const { certificateIdentity: identity, certificateOidcIssuer: issuer, key, certificateChain: chain } = flags
  const ways = [identity !== undefined || issuer !== undefined, key !== undefined, chain !== undefined]
  if (ways.filter(Boolean).length !== 1)
    throw new UsageError(
      'say who must have signed in one way: --certificate-identity with --certificate-oidc-issuer, --key, or --certificate-chain',
    )
  if (key !== undefined) return { method: 'key', key }
  if (chain !== undefined) return { method: 'certificate', chain }
  if (!identity?.trim() || !issuer?.trim())
    throw new UsageError(
      '--certificate-identity and --certificate-oidc-issuer go together, and neither is empty',
    )
  return { method: 'sigstore', identity, issuer }
}

function answer(target: string, found: Verification): void {
  const lines = found.differences.map(({ path, how }) => `  ${how.padEnd(9)}  ${printable(path)}`)
  if (found.state === 'verified') {
    const { method, identity, issuer, fingerprint, signedAt } = found.record
    const who = [identity, issuer && `(${issuer})`].filter(Boolean).join(' ') || fingerprint
    const when = signedAt === undefined ? '' : `, ${signedAt}`
    lines.unshift(`verified: ${printable(target)}: signed by ${printable(who)} [${method}${when}]`)
  } else {
    lines.unshift(
      `not verified: ${printable(target)}: ${printable(found.trouble.message)} [${found.trouble.trouble}]`,
    )
  }
  process.stdout.write(`${lines.join('\n')}\n`)
  process.exitCode = found.state === 'verified' ? EXIT.pass : EXIT.fail
}
