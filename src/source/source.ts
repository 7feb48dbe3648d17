import type { Identity, LockEntry, Resolution, SourceFile } from '../model/lock.ts'
import type { Fetch } from './fetch.ts'

/** Where the services are, and who asks; read from the environment by the command line. */
export interface SourceSettings {
  /** Of the Hugging Face hub or a mirror (`HF_ENDPOINT`). */
  readonly hub: string
  readonly hubToken?: string | undefined
  /** Absent where the user names none: the registry client knows the public one. */
  readonly npm?: string
  /** The simple API of a Python package index, as the user writes it; absent for the public one. */
  readonly pypi?: string | undefined
  /** What `file:` paths are relative to. */
  readonly folder: string
  readonly signal?: AbortSignal | undefined
  readonly backoffMs?: number | undefined
  /** How many files are fetched at once. */
  readonly width: number
  /** Requests go through a proxy, which only Node's own `fetch` knows. */
  readonly proxied?: boolean
  /**
   * Files are only listed, to be read where they are: what a source would fetch whole for its digest alone stays
   * claimed, and what it has to fetch is handed over.
   */
  readonly onFetched?: (path: string, bytes: Uint8Array) => void
}

/** Which files of a source are wanted, by their path in it. */
export type Wanted = (path: string) => boolean

/** Where the bytes of one locked file are, and the `fetch` that may be used for them. */
export interface Remote {
  readonly url: string
  readonly fetch: Fetch
  readonly headers?: Readonly<Record<string, string>>
}

export type Locate = (file: SourceFile) => Remote

/** One kind of place that references lead to. */
export interface Source<R> {
  /** What a reference stands for now: the immutable pin, and every wanted file with its digest. */
  resolve(reference: R, wanted: Wanted, settings: SourceSettings): Promise<Resolution>
  /** Who a reference leads to now, and what it pins now; nothing is listed or fetched. */
  identify(reference: R, settings: SourceSettings): Promise<Identity>
  /** Does the source still have what is locked, and its owner? */
  standing(reference: R, entry: LockEntry, settings: SourceSettings): Promise<Standing>
  /** How to fetch what is locked, by its pin and never by the name that may have moved. */
  locate(reference: R, entry: LockEntry, settings: SourceSettings): Promise<Locate>
}

/** What became of a pin. Absent: the source cannot say. */
export interface Standing {
  readonly pin: 'there' | 'gone' | 'changed'
  readonly author?: 'there' | 'gone'
  /** Is the revision that was asked for one that should never move (a tag), or one that moves (a branch, `latest`)? */
  readonly revision: 'fixed' | 'moving'
}
