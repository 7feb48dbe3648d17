import path from 'node:path'
import type { JsonObject } from '../model/fact.ts'
import { type Measure, measureKey } from '../model/signature.ts'
import { UsageError } from '../model/trouble.ts'
import {
  type FileToSign,
  type KeylessServices,
  omsStatement,
  type SigningKey,
  signStatement,
  signStatementKeyless,
} from '../sign/make.ts'
import { GIT_PATHS, OMS_FILE } from '../sign/oms.ts'
import { NotVerified } from '../sign/trouble.ts'
import { seeFiles } from './signed-model.ts'

export type Signing = { readonly key: SigningKey } | { readonly keyless: KeylessServices }

export interface SignModelOptions {
  readonly with: Signing
  readonly measure: Measure
  /** Paths inside the folder to leave out, beside Git's own and the signature. */
  readonly ignore: readonly string[]
  readonly signature: string
  readonly signal: AbortSignal
}

/** An OMS signature over every file of a folder, or over one file; the bundle, ready to be written. */
export async function signModel(target: string, options: SignModelOptions): Promise<JsonObject> {
  const { measure, signal } = options
  const seen = await seeFiles(target, measure, signal)
  const signature = path.relative(target, options.signature).replaceAll(path.sep, '/')
  const ignored = [...new Set([...GIT_PATHS, OMS_FILE, signature, ...options.ignore])].filter(
    (name) => name !== '' && !name.startsWith('..'),
  )
  const files: FileToSign[] = []
  for (const file of seen) {
    if (ignored.some((skip) => file.path === skip || file.path.startsWith(`${skip}/`))) continue
    const digests = file.digests.get(measureKey(measure))
    if (file.link || !digests)
      throw new UsageError(
        `${file.path}: is a link or no regular file; only regular files are signed (--ignore leaves it out)`,
      )
    files.push({ path: file.path, size: file.size, digests })
  }
  try {
    return await signedBy(
      omsStatement(path.basename(path.resolve(target)), files, measure, ignored),
      options.with,
    )
  } catch (error) {
    throw error instanceof NotVerified ? new UsageError(`${target}: ${error.message}`) : error
  }
}

export async function signedBy(statement: JsonObject, signing: Signing): Promise<JsonObject> {
  return 'key' in signing
    ? signStatement(statement, signing.key)
    : signStatementKeyless(statement, signing.keyless)
}
