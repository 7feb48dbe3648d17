import type { ByteSource } from '../../bytes/source.ts'
import { FormatError } from '../../model/trouble.ts'
import { Window } from '../window.ts'
import type { RarBlock } from './rar-block.ts'
import { readRar4 } from './rar4.ts'
import { readRar5 } from './rar5.ts'

export type { RarBlock } from './rar-block.ts'

export const RAR4_MAGIC = 7
export const RAR5_MAGIC = 8
/** Largest header that RAR itself writes: names of 64 KiB and the extra records around them. */
const HEADER_MOST = 2 * 1024 * 1024

/**
 * Blocks of a RAR archive (1.5–4, and 5), from front to back, up to the end block. Layout by the published technical note of
 * RAR 5 and the format notes of RAR 4. Throws `FormatError` at what is no block.
 */
export async function* rarBlocks(
  source: ByteSource,
  version: 4 | 5,
  signal?: AbortSignal,
): AsyncGenerator<RarBlock> {
  const window = new Window(source, signal)
  const read = version === 5 ? readRar5 : readRar4
  for (let at = version === 5 ? RAR5_MAGIC : RAR4_MAGIC; at < source.size; ) {
    const bytes = await window.at(at, Math.min(HEADER_MOST, source.size - at, 64 * 1024))
    let reading = read(bytes)
    if (reading === undefined) reading = read(await window.at(at, Math.min(HEADER_MOST, source.size - at)))
    if (reading === undefined) throw new FormatError('truncated', 'a header ends beyond the file', at)
    const { block, next } = reading
    yield { ...block, at }
    if (block.type === 'end' || block.type === 'encryption') return
    if (next <= 0 || !Number.isSafeInteger(next)) throw new FormatError('corrupt', 'an impossible block', at)
    if (at + next > source.size) throw new FormatError('truncated', 'a member ends beyond the file', at)
    if (block.type === 'main' && block.isEncrypted) return
    at += next
  }
}
