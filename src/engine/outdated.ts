import type { Lock } from '../model/lock.ts'
import { parseReference } from '../model/reference.ts'
import { inParallel } from '../source/fetch.ts'
import { identify } from '../source/resolve.ts'
import type { SourceSettings } from '../source/source.ts'
import { SourceError } from '../source/trouble.ts'

export interface Moved {
  readonly ref: string
  readonly locked: string
  /** Absent where the source would not say. */
  readonly now?: string
  readonly trouble?: string
}

/** The entries whose reference leads elsewhere than to what is locked. */
export async function outdated(lock: Lock, settings: SourceSettings): Promise<Moved[]> {
  const all = await inParallel(
    lock.entries,
    settings.width,
    async ({ asked, resolved }): Promise<Moved[]> => {
      try {
        const { pin } = await identify(parseReference(asked.ref), settings)
        return pin === resolved.pin ? [] : [{ ref: asked.ref, locked: resolved.pin, now: pin }]
      } catch (error) {
        if (!(error instanceof SourceError) || error.reason === 'unreachable') throw error
        return [{ ref: asked.ref, locked: resolved.pin, trouble: error.message }]
      }
    },
  )
  return all.flat()
}
