import type { ByteSource } from '../bytes/source.ts'
import type { Inspector } from '../inspect/inspector.ts'
import type { Artifact, Locator } from '../model/artifact.ts'
import type { Fact } from '../model/fact.ts'
import type { Limits } from '../model/limits.ts'
import type { Coverage } from '../model/report.ts'
import type { Measure, Measured } from '../model/signature.ts'
import type { FormatError } from '../model/trouble.ts'

/** A file to inspect, as plain data: it crosses to a worker. */
export interface RootTask {
  readonly path: string
  readonly display: string
  /** Bytes, as the walk saw them; the open descriptor has the last word. */
  readonly size: number
  /** Artifact id of the target folder it was found in, if it was. */
  readonly parent?: string
  /** Computed here while the bytes arrived: they need not be read again for it. */
  readonly sha256?: string
  /** Further hashes that a signature over it asks for, taken in the same pass. */
  readonly measures?: readonly Measure[]
  /** The number of the remote file that it is; then `path` is only a name. */
  readonly remote?: number
  /** SHA-256 that a source claims for it. */
  readonly claimed?: string
}

/** Reads a range of a remote file by its number. */
export type Ask = (file: number, offset: number, length: number) => Promise<Uint8Array>

export interface InspectOptions {
  readonly limits: Limits
  /** SHA-256 of files and inspected members; without, structure only: no checksum is verified. */
  readonly digest: boolean
  /** SHA-256 of opaque members too. */
  readonly memberDigests: boolean
  /** Rows of a table that are read as text. */
  readonly rows: number
}

export interface Surroundings {
  readonly inspectors: readonly Inspector[]
  readonly options: InspectOptions
  readonly signal: AbortSignal
  /** Root-file bytes dealt with since the last call. */
  readonly advance: (bytes: number) => void
  readonly ask?: Ask | undefined
}

/** What one root file gave: itself first, then everything inside it in the order it was met. */
export interface Inspected {
  readonly artifacts: Artifact[]
  readonly facts: Fact[]
  readonly coverage: Coverage[]
  /** What was asked for of the root file. */
  readonly measured?: readonly Measured[]
}

/** An artifact about to be inspected. */
export interface Node {
  readonly locator: Locator
  readonly name: string
  readonly parent: string | undefined
  readonly bytes: ByteSource
  /** Containers around it. */
  readonly depth: number
  readonly format?: string | undefined
  readonly opaque?: boolean | undefined
  readonly unseen?: boolean | undefined
  readonly open?: boolean | undefined
  /** A range nobody accounted for: it may not stay unexplained. */
  readonly region?: boolean | undefined
  /** From the spool it came through: its digest, and what broke off the stream. */
  readonly sha256?: string | undefined
  readonly broken?: FormatError | undefined
  readonly measures?: readonly Measure[] | undefined
}
