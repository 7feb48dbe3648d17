import type { SourceFile } from '../model/lock.ts'
import { Arrival, type Fit } from './arrival.ts'
import type { Fetch } from './fetch.ts'
import { diskTrouble, SourceError } from './trouble.ts'

/** How one answer ended. An `Error` is a lost connection: what arrived before it stands. */
export type Ending = Exclude<Fit, 'fits'> | 'ended' | Error

/** Where the bytes of one file go: through the hash and to disk, in this thread or another. */
export interface Landing extends AsyncDisposable {
  /** Bytes that are here. */
  readonly size: number
  /** Is what is here what was expected, to the last bit? */
  readonly isLocked: boolean
  /** One request for what is missing. Throws `SourceError` for a refusal, `UsageError` where the bytes find no room. */
  attempt(fetch: Fetch, url: string, headers: Readonly<Record<string, string>>): Promise<Ending>
  restart(): Promise<void>
}

/** Asks for what is missing after `size` bytes, uncompressed: a range is one of the file, not of its coding. */
export function rangeHeaders(
  size: number,
  headers: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const range = size > 0 ? { range: `bytes=${size}-` } : {}
  return { ...headers, ...range, 'accept-encoding': 'identity' }
}

/** Takes a file in this thread, through `fetch`: for what is small, and behind a proxy. */
export function landHere(
  target: string,
  file: Pick<SourceFile, 'size' | 'sha256'>,
  advance: (bytes: number) => void,
  signal: AbortSignal | undefined,
): Landing {
  const arrival = orTrouble(target, () => new Arrival(target, file))
  advance(arrival.size)
  return {
    get size() {
      return arrival.size
    },
    get isLocked() {
      return arrival.isLocked
    },
    async attempt(fetch, url, headers) {
      const response = await fetch(url, { headers: rangeHeaders(arrival.size, headers) })
      const before = arrival.size
      const fit = response.ok ? arrival.fit(response.status, response.headers) : undefined
      advance(arrival.size - before)
      if (fit !== 'fits') {
        await response.body?.cancel()
        return refused(url, response.status) ?? fit ?? 'ended'
      }
      try {
        for await (const chunk of response.body ?? []) {
          if (!orTrouble(target, () => arrival.take(chunk))) return 'more bytes'
          advance(chunk.length)
        }
        return 'ended'
      } catch (error) {
        signal?.throwIfAborted()
        if (error instanceof TypeError) return error
        throw error
      }
    },
    async restart() {
      advance(-arrival.size)
      arrival.restart()
    },
    async [Symbol.asyncDispose]() {
      arrival[Symbol.dispose]()
    },
  }
}

/** Undefined for an answer with a body of the file, and for one that says there is nothing after what is here. */
export function refused(url: string, status: number): undefined {
  if ((status >= 200 && status < 300) || status === 416) return undefined
  throw new SourceError('unreachable', `${url}: answers ${status}`)
}

function orTrouble<T>(target: string, act: () => T): T {
  try {
    return act()
  } catch (error) {
    throw diskTrouble(target, error)
  }
}
