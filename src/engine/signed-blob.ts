import { readFile } from 'node:fs/promises'
import { openFile } from '../bytes/file.ts'
import type { HashName, Signer } from '../model/signature.ts'
import { FormatError, UsageError } from '../model/trouble.ts'
import { readBundle, type SignatureBundle } from '../sign/bundle.ts'
import { checkSigner } from '../sign/identity.ts'
import { loadRoot } from '../sign/root.ts'
import { readSigners } from '../sign/signers.ts'
import { verifySigstore } from '../sign/sigstore.ts'
import { type ArtifactDigests, readStatement, subjectFor } from '../sign/statement.ts'
import { NotVerified, reasonOf } from '../sign/trouble.ts'
import { runTime } from './clock.ts'
import { pass } from './pass.ts'
import type { Verification } from './signed-model.ts'

export interface VerifyBundleOptions {
  readonly bundle: string
  readonly signer: Signer
  readonly trustedRoot?: string
  readonly storedRoot?: string
  /** A signature by a key holds without an entry in a transparency log. Never for identities. */
  readonly withoutLog?: boolean
  readonly signal: AbortSignal
}

/**
 * One-off verification of a Sigstore bundle over one blob, given as a file (read once, never held) or as
 * `sha256:HEX`. Throws `UsageError` for what the user named and is not there; anything about the bundle is an answer.
 */
export async function verifyBundle(blob: string, options: VerifyBundleOptions): Promise<Verification> {
  const { signal, withoutLog = false } = options
  const [signer] = await readSigners([options.signer], '.')
  const root = await loadRoot(options.trustedRoot, options.storedRoot)
  const bytes = await readFile(options.bundle).catch(() => undefined)
  if (!bytes) throw new UsageError(`${options.bundle}: there is no bundle that can be read`)
  try {
    const bundle = readBundle(bytes)
    const digests = await digestsOf(blob, bundle, signal)
    checkSubject(bundle, digests)
    const key = signer?.publicKey
    const entries = key && withoutLog ? 0 : 1
    const signed = verifySigstore(bundle, { root, now: runTime(), entries, ...(key ? { key } : {}) })
    checkSigner(signed, options.signer)
    return { state: 'verified', record: { ...signed, bundleDigest: bundle.digest }, differences: [] }
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof UsageError) throw error
    return { state: 'not-verified', trouble: reasonOf(error), differences: [] }
  }
}

/** The library checks neither: that a message's digest is the file's, nor that a statement is about it. */
function checkSubject({ content }: SignatureBundle, digests: ArtifactDigests): void {
  if (content.kind === 'dsse') {
    if (!subjectFor(readStatement(content), digests))
      throw new NotVerified('subject', 'the statement is about something else')
  } else if (digests[content.algorithm] !== content.digest.toString('hex')) {
    throw new NotVerified('subject', `the ${content.algorithm} of the file is not the one that was signed`)
  }
}

async function digestsOf(
  blob: string,
  { content }: SignatureBundle,
  signal: AbortSignal,
): Promise<ArtifactDigests> {
  const named = /^sha256:([0-9a-f]{64})$/i.exec(blob)?.[1]
  if (named !== undefined) return { sha256: named.toLowerCase() }
  const wanted = content.kind === 'message' ? [content.algorithm] : statementHashes(content)
  const measures = wanted.filter((name) => name !== 'sha256').map((algorithm) => ({ algorithm }))
  try {
    await using source = await openFile(blob)
    const { sha256, measured } = await pass(source, [], signal, () => undefined, { measures })
    source.checkUnchanged()
    const more = measured.map(({ measure, digests }) => [measure.algorithm, digests[0]] as const)
    return { sha256, ...Object.fromEntries(more) }
  } catch (error) {
    if (error instanceof FormatError) throw new UsageError(`${blob}: ${error.message}`)
    throw error
  }
}

function statementHashes(content: Extract<SignatureBundle['content'], { kind: 'dsse' }>): HashName[] {
  const used = new Set(readStatement(content).subjects.flatMap(({ digests }) => Object.keys(digests)))
  return (['sha384', 'sha512'] as const).filter((name) => used.has(name))
}
