import { hash } from 'node:crypto'
import { open, readFile } from 'node:fs/promises'
import type { Measure } from '../model/signature.ts'
import { measureKey } from '../model/signature.ts'
import { looksLikeBundle, readBundle, type SignatureBundle } from '../sign/bundle.ts'
import { readLegacyOms } from '../sign/legacy.ts'
import { OMS, OMS_FILE, OMS_LEGACY, type OmsManifest, readOms } from '../sign/oms.ts'
import { bundlesFromPep740, looksLikePep740 } from '../sign/pep740.ts'
import { readStatement, type Statement } from '../sign/statement.ts'
import { type NotVerified, reasonOf } from '../sign/trouble.ts'
import { namesBundle } from './bundle-names.ts'
import { baseName } from './failed.ts'
import type { RootTask } from './node.ts'

/** A signature file that was found, read before the inspection so that the one pass knows what to hash. */
export interface FoundBundle {
  readonly task: RootTask
  /** `''` where it lies at the top of what has no folder. */
  readonly folder: string
  /** Absent where it could not be read; then `trouble` says why. */
  readonly bundle?: SignatureBundle
  readonly statement?: Statement
  readonly manifest?: OmsManifest
  readonly trouble?: NotVerified
}

/** A signature over a million files has some 200 MB; weights are never signatures. */
const BUNDLE_BYTES = 256 * 1024 * 1024

/** The Sigstore bundles among the files. Other kinds of signatures (OpenPGP, minisign) are left alone. */
export async function findBundles(tasks: readonly RootTask[]): Promise<FoundBundle[]> {
  const found: FoundBundle[] = []
  for (const task of tasks) {
    if (!namesBundle(task.display) || task.size > BUNDLE_BYTES) continue
    if (!isModelSignature(task) && !(await beginsAsObject(task.path))) continue
    const bytes = await readFile(task.path).catch(() => undefined)
    // What cannot be read is the inspection's to say.
    if (!bytes) continue
    if (looksLikePep740(bytes)) found.push(...openPep740(task, bytes))
    else if (isModelSignature(task) || looksLikeBundle(bytes)) {
      for (const document of documentsOf(bytes, task.display)) found.push(openBundle(task, document, bytes))
    }
  }
  return found
}

function isModelSignature({ display }: RootTask): boolean {
  return baseName(display) === OMS_FILE
}

/** Git bundles and OpenPGP signatures have the same names and may be large: only what begins as JSON is read. */
async function beginsAsObject(file: string): Promise<boolean> {
  const handle = await open(file).catch(() => undefined)
  if (!handle) return false
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD), 0, HEAD, 0)
    return /^\s*\{/.test(buffer.toString('latin1', 0, bytesRead))
  } catch {
    // What cannot be read is the inspection's to say.
    return false
  } finally {
    await handle.close()
  }
}

const HEAD = 1024

function openPep740(task: RootTask, bytes: Buffer): FoundBundle[] {
  try {
    return bundlesFromPep740(bytes).map((document) => openBundle(task, document, bytes))
  } catch (error) {
    return [{ task, folder: folderOf(task), trouble: reasonOf(error) }]
  }
}

/** Each costs some 15 ms; a release has tens. What has more is one broken bundle, not hours of work. */
const MOST_LINES = 1000

/** `.jsonl` has one bundle to a line; anything else is one. */
function documentsOf(bytes: Buffer, display: string): Buffer[] {
  if (!/\.jsonl$/i.test(display)) return [bytes]
  const lines = bytes.toString('utf8').split('\n')
  const filled = lines.filter((line) => line.trim() !== '')
  if (filled.length > MOST_LINES) return [Buffer.from('')]
  return filled.map((line) => Buffer.from(line))
}

function folderOf({ display }: RootTask): string {
  return display.slice(0, Math.max(0, display.lastIndexOf('/')))
}

/** A bundle from its bytes; what is wrong with it is kept for the verdict. `file` are those of the file it lies in. */
export function openBundle(task: RootTask, bytes: Uint8Array, file: Uint8Array = bytes): FoundBundle {
  let found: FoundBundle = { task, folder: folderOf(task) }
  try {
    const bundle = { ...readBundle(bytes), digest: `sha256:${hash('sha256', file, 'hex')}` }
    found = { ...found, bundle }
    if (bundle.content.kind !== 'dsse') return found
    const statement = readStatement(bundle.content)
    found = { ...found, statement }
    const manifest = manifestOf(statement)
    return manifest ? { ...found, manifest } : found
  } catch (error) {
    return { ...found, trouble: reasonOf(error) }
  }
}

export function manifestOf(statement: Statement): OmsManifest | undefined {
  if (statement.predicateType === OMS) return readOms(statement)
  return statement.predicateType === OMS_LEGACY ? readLegacyOms(statement) : undefined
}

/** The tasks, told what the signatures over them ask to be hashed beside the SHA-256 that every file gets. */
export function withMeasures(tasks: readonly RootTask[], bundles: readonly FoundBundle[]): RootTask[] {
  const asking = bundles.flatMap((found) => {
    const measure = measureOf(found)
    return measure ? [{ found, measure }] : []
  })
  if (asking.length === 0) return [...tasks]
  return tasks.map((task) => {
    const measures = new Map<string, Measure>()
    for (const { found, measure } of asking)
      if (isBelow(task.display, found.folder)) measures.set(measureKey(measure), measure)
    return measures.size === 0 ? task : { ...task, measures: [...measures.values()] }
  })
}

function measureOf({ manifest, bundle, statement }: FoundBundle): Measure | undefined {
  const bySha512 = statement?.subjects.some(({ digests }) => !digests.sha256 && digests.sha512)
  if (!manifest && bySha512) return { algorithm: 'sha512' }
  if (bundle?.content.kind === 'message' && bundle.content.algorithm !== 'sha256')
    return { algorithm: bundle.content.algorithm }
  const measure = manifest?.measure
  return measure && measureKey(measure) !== 'sha256' ? measure : undefined
}

export function isBelow(display: string, folder: string): boolean {
  return folder === '' || display.startsWith(`${folder}/`)
}
