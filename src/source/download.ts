import { setTimeout as sleep } from 'node:timers/promises'
import type { SourceFile } from '../model/lock.ts'
import { unreachable } from './fetch.ts'
import { landHere } from './landing.ts'
import type { Landings } from './landings.ts'
import type { Remote, SourceSettings } from './source.ts'
import { SourceError } from './trouble.ts'

/** How what arrived differs from what is locked; undefined where it does not. */
export type Tampering = 'other bytes' | 'more bytes' | 'fewer bytes'

/** Attempts without a single new byte before a source counts as unreachable. */
const FRUITLESS = 5

/**
 * Fetches a locked file into `target`, hashing while it arrives, in one of the threads of `landings` where it is large.
 * What is there from an interrupted run is hashed and continued by range. Never writes more than is locked; a body that
 * ends early or breaks off is continued.
 */
export async function download(
  remote: Remote,
  file: SourceFile,
  target: string,
  { signal, backoffMs = 500 }: SourceSettings,
  advance: (bytes: number) => void,
  landings?: Landings,
): Promise<Tampering | undefined> {
  const { fetch, url, headers = {} } = remote
  await using landing = landings
    ? await landings.open(target, file, advance)
    : landHere(target, file, advance, signal)
  let resumed = landing.size > 0
  for (let fruitless = 0; landing.size < file.size; ) {
    const before = landing.size
    const end = await landing.attempt(fetch, url, headers)
    if (end === 'more bytes' || end === 'fewer bytes') return end
    if (end === 'another range')
      throw new SourceError(
        'untrusted',
        `${new URL(url).origin} answers a range with another one (${file.path})`,
      )
    fruitless = landing.size > before ? 0 : fruitless + 1
    // A body that ends cleanly and too early, twice, is not a lost connection: that is all there is.
    if (end === 'ended' && fruitless >= 2) return 'fewer bytes'
    if (end !== 'ended' && fruitless >= FRUITLESS) throw unreachable(new URL(url), end)
    const isHere = landing.size === file.size
    if (!isHere)
      await sleep(Math.min(backoffMs * 2 ** fruitless, 30_000), undefined, signal ? { signal } : {})
    else if (resumed && !landing.isLocked) {
      // The part from the earlier run may have been of something else: once more from the start.
      resumed = false
      await landing.restart()
    }
  }
  return landing.isLocked ? undefined : 'other bytes'
}
