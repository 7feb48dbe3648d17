import { openFile } from '../bytes/file.ts'
import { type Measure, measureKey } from '../model/signature.ts'
import type { TroubleKind } from '../model/trouble.ts'
import { pass } from './pass.ts'

/** A file as one measure has it: its size in bytes and a digest, or one for each shard. */
export interface HashedFile {
  readonly size: number
  readonly digests: readonly string[]
}

/** What the threads share: each takes the file after the one that was taken last. */
export interface HashOrder {
  readonly files: readonly string[]
  readonly measure: Measure
  readonly taken: SharedArrayBuffer
}

export type HashAnswer =
  | { readonly index: number; readonly hashed: HashedFile }
  | {
      readonly trouble: {
        readonly kind: TroubleKind
        readonly message: string
        readonly offset: number | undefined
      }
    }

/** Reads one file, once. Throws `FormatError` where it cannot be read, or is changed meanwhile. */
export async function hashFile(file: string, measure: Measure, signal: AbortSignal): Promise<HashedFile> {
  await using source = await openFile(file)
  const isPlain = measureKey(measure) === 'sha256'
  const { sha256, measured } = await pass(source, [], signal, () => undefined, {
    measures: isPlain ? [] : [measure],
  })
  source.checkUnchanged()
  return { size: source.size, digests: isPlain ? [sha256] : (measured[0]?.digests ?? []) }
}
