import { UsageError } from '../model/trouble.ts'
import { type Root, readRoot } from './root.ts'

export interface TufRepository {
  /** Another repository than that of the public-good instance; both or none. */
  readonly mirror: string | undefined
  readonly tufRoot: string | undefined
}

/**
 * The trusted root that a TUF repository has now: signatures, versions and expiry are the library's to check, validity
 * bounds ours. The only place where trust is fetched, and only when the user says so. Throws `UsageError`.
 */
export async function fetchRoot(
  cachePath: string,
  origin: string,
  { mirror, tufRoot }: TufRepository,
): Promise<{ text: string; root: Root }> {
  const { initTUF } = await import('@sigstore/tuf')
  try {
    const client = await initTUF({
      cachePath,
      ...(mirror === undefined ? {} : { mirrorURL: mirror.replace(/\/+$/, '') }),
      ...(tufRoot === undefined ? {} : { rootPath: tufRoot, force: true }),
    })
    const text = await client.getTarget('trusted_root.json')
    return { text, root: readRoot(Buffer.from(text), origin) }
  } catch (error) {
    if (error instanceof UsageError) throw error
    const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : ''
    const message = error instanceof Error ? error.message : String(error)
    throw new UsageError(`the trusted root cannot be refreshed (${message}${cause}); what was trusted stays`)
  }
}
