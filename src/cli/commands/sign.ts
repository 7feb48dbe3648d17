import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { type Signing, signedBy, signModel } from '../../engine/sign-model.ts'
import { verificationSummary } from '../../engine/summary.ts'
import { storeAtomically } from '../../lock/store.ts'
import { UsageError } from '../../model/trouble.ts'
import { printable } from '../../report/printable.ts'
import { readSigningKey } from '../../sign/make.ts'
import { OMS_FILE } from '../../sign/oms.ts'
import type { AttestFlags, KeyFlags, SignFlags } from '../args-sign.ts'
import { exitCodeOf } from '../exit.ts'
import { judgeOptions } from '../present.ts'
import { untilInterrupted } from '../signals.ts'

/** `weighmaster sign`: an OMS signature beside the files that it is over. */
export async function signCommand(target: string, flags: SignFlags): Promise<void> {
  const signing = await signingOf(flags)
  const info = await stat(target).catch(() => undefined)
  if (!info) throw new UsageError(`${target}: no such file or folder`)
  const signature = flags.signature ?? path.join(info.isDirectory() ? target : path.dirname(target), OMS_FILE)
  await untilInterrupted(async (signal) => {
    const { hash: algorithm, shardSize, ignore = [] } = flags
    const measure = { algorithm, ...(shardSize === undefined ? {} : { shardSize }) }
    const bundle = await signModel(target, { with: signing, measure, ignore, signature, signal })
    await storeAtomically(signature, `${JSON.stringify(bundle)}\n`)
    process.stderr.write(`signed: ${printable(target)}: ${printable(signature)}\n`)
  })
}

/** `weighmaster attest`: the verdict of a scan as a signed verification summary; exits as the scan does. */
export async function attestCommand(target: string, flags: AttestFlags): Promise<void> {
  const signing = await signingOf(flags)
  const { bundle: file, verifier, resource } = flags
  const relative = path.relative(target, file)
  if (relative !== '' && !relative.startsWith('..') && !path.isAbsolute(relative))
    throw new UsageError(
      `--bundle ${file}: lies inside what is attested, and would change it; put it elsewhere`,
    )
  if (!URL.canParse(verifier)) throw new UsageError(`--verifier ${verifier}: is no URI`)
  await untilInterrupted(async (signal) => {
    const { scan } = await import('../../index.ts')
    const report = await scan([target], {
      ...judgeOptions({ ...flags, format: 'text', color: false }),
      signal,
    })
    const summary = verificationSummary(report, { verifier, ...(resource === undefined ? {} : { resource }) })
    await storeAtomically(file, `${JSON.stringify(await signedBy(summary, signing))}\n`)
    process.stderr.write(`attested: ${printable(target)}: ${report.verdict.outcome}: ${printable(file)}\n`)
    process.exitCode = exitCodeOf(report)
  })
}

async function signingOf(flags: KeyFlags): Promise<Signing> {
  const { key, certificate, identityToken } = flags
  if ((key === undefined) === (identityToken === undefined))
    throw new UsageError('say what signs: --key (with --certificate where it has one), or --identity-token')
  if (identityToken !== undefined) return { keyless: await servicesOf(identityToken, flags) }
  const file = key ?? ''
  const chain = certificate === undefined ? undefined : await text(certificate)
  return { key: readSigningKey(await text(file), file, process.env.WEIGHMASTER_KEY_PASSWORD, chain) }
}

async function servicesOf(from: string, { fulcioUrl, rekorUrl, tsaUrl }: KeyFlags) {
  const token = from === '-' ? process.env.SIGSTORE_ID_TOKEN : await text(from)
  if (!token?.trim()) throw new UsageError('--identity-token: there is no token')
  return {
    identityToken: token.trim(),
    ...(fulcioUrl === undefined ? {} : { fulcioURL: fulcioUrl }),
    ...(rekorUrl === undefined ? {} : { rekorURL: rekorUrl }),
    ...(tsaUrl === undefined ? {} : { tsaServerURL: tsaUrl }),
  }
}

async function text(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : error
    throw new UsageError(`${file}: cannot be read (${String(code)})`)
  }
}
