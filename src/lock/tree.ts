import { createHash } from 'node:crypto'
import type { SourceFile } from '../model/lock.ts'
import { byCodePoint } from '../model/order.ts'

/**
 * The identity of a folder or repository (contracts, "Digests and passes over the bytes"): SHA-256 over the lines
 * `["path","sha256"]` (JSON, LF) of all its files in code-point order, nothing ignored.
 */
export function treeDigest(files: readonly Pick<SourceFile, 'path' | 'sha256'>[]): string {
  const hash = createHash('sha256')
  for (const { path, sha256 } of files.toSorted((a, b) => byCodePoint(a.path, b.path))) {
    hash.update(`${JSON.stringify([path, sha256])}\n`)
  }
  return `sha256:${hash.digest('hex')}`
}
