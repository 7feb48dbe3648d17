import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { openFile } from '../bytes/file.ts'
import { type Measure, measureKey, type SignatureRecord, type Signer } from '../model/signature.ts'
import { UsageError } from '../model/trouble.ts'
import { readBundle } from '../sign/bundle.ts'
import { compareOms, type OmsDifference, type SeenFile } from '../sign/compare.ts'
import { OMS_FILE } from '../sign/oms.ts'
import { loadRoot } from '../sign/root.ts'
import { readSigners } from '../sign/signers.ts'
import { readStatement } from '../sign/statement.ts'
import { NotVerified, reasonOf } from '../sign/trouble.ts'
import { envelopeOf, verifySigner } from '../sign/verify.ts'
import { displayRoot, walkTarget } from '../source/local.ts'
import { manifestOf } from './bundles.ts'
import { runTime } from './clock.ts'
import { isForeignLink } from './links.ts'
import { pass } from './pass.ts'

export interface VerifyModelOptions {
  readonly signer: Signer
  /** Default: `model.sig` in the folder, or beside the file. */
  readonly signature?: string
  /** Paths inside the folder that may differ, beside those that the signature leaves out itself. */
  readonly ignore: readonly string[]
  readonly trustedRoot?: string
  readonly storedRoot?: string
  readonly legacy?: boolean
  readonly signal: AbortSignal
}

/** The answer about one model or blob. */
export type Verification =
  | {
      readonly state: 'verified'
      readonly record: SignatureRecord
      readonly differences: readonly OmsDifference[]
    }
  | {
      readonly state: 'not-verified'
      readonly trouble: NotVerified
      /** Each file that is not as it was signed. */
      readonly differences: readonly OmsDifference[]
    }

const HARMLESS = new Set(['ignored', 'uncovered'])

/**
 * One-off verification of an OMS signature over a folder (or one file): who signed it, and is every file as it was signed?
 * Every file is read once. Throws `UsageError` for what the user named and is not there; anything about the signature is
 * an answer.
 */
export async function verifyModel(target: string, options: VerifyModelOptions): Promise<Verification> {
  const [signer] = await readSigners([options.signer], '.')
  const trust = {
    root: await loadRoot(options.trustedRoot, options.storedRoot),
    now: runTime(),
    legacy: options.legacy ?? false,
  }
  const isFolder = (await stat(target).catch(() => undefined))?.isDirectory() ?? false
  const home = isFolder ? target : path.dirname(target)
  const file = options.signature ?? path.join(home, OMS_FILE)
  const bytes = await readFile(file).catch(() => undefined)
  if (!bytes)
    throw new UsageError(`${file}: there is no signature that can be read; --signature names another`)
  let differences: readonly OmsDifference[] = []
  try {
    const bundle = readBundle(bytes)
    const outcome = verifySigner(bundle, signer ? [signer] : [], trust)
    const manifest = manifestOf(readStatement(envelopeOf(bundle)))
    if (!manifest) throw new NotVerified('wrong-predicate', 'the statement is not a model signature')
    const seen = await seeFiles(target, manifest.measure, options.signal)
    const signature = path.relative(home, file).replaceAll(path.sep, '/')
    differences = compareOms(manifest, seen, { signature, ignore: options.ignore })
    const breaking = differences.filter(({ how }) => !HARMLESS.has(how))
    if (breaking.length > 0) throw new NotVerified('files', summary(breaking))
    if (outcome.state !== 'verified') throw new NotVerified('wrong-key', 'nobody is named as trusted')
    const record = { ...outcome.record, rootDigest: `sha256:${manifest.rootDigest}` }
    return { state: 'verified', record, differences }
  } catch (error) {
    options.signal.throwIfAborted()
    return { state: 'not-verified', trouble: reasonOf(error), differences }
  }
}

function summary(differences: readonly OmsDifference[]): string {
  const counts = Map.groupBy(differences, ({ how }) => how)
  return [...counts].map(([how, list]) => `${list.length} ${how}`).join(', ')
}

/** Every file below a target with the hash that is asked for; links and what is no file are kept as such. */
export async function seeFiles(target: string, measure: Measure, signal: AbortSignal): Promise<SeenFile[]> {
  const { files, met, isFolder } = await walkTarget(target, {})
  const home = isFolder ? target : path.dirname(target)
  const inner = (file: string) => path.relative(home, file).replaceAll(path.sep, '/')
  const seen: SeenFile[] = []
  for (const file of files)
    seen.push({ path: inner(file.path), ...(await hashed(file.path, measure, signal)) })
  const display = displayRoot(target)
  for (const thing of met) {
    const name = display === '.' ? thing.display : thing.display.slice(display.replace(/\/$/, '').length + 1)
    seen.push({ path: name, size: -1, digests: new Map(), link: thing.fact.kind === 'entry.link' })
  }
  return seen
}

async function hashed(file: string, measure: Measure, signal: AbortSignal): Promise<Omit<SeenFile, 'path'>> {
  const link = await isForeignLink(file)
  await using source = await openFile(file)
  const key = measureKey(measure)
  const result = await pass(source, [], signal, () => undefined, {
    measures: key === 'sha256' ? [] : [measure],
  })
  source.checkUnchanged()
  const digests = key === 'sha256' ? [result.sha256] : (result.measured[0]?.digests ?? [])
  return { size: source.size, digests: new Map([[key, digests]]), link }
}
