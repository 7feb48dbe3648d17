import { UsageError } from '../model/trouble.ts'

/** Why a source did not give what was asked for; what is gone or closed is news for `verify --online`. */
export type SourceReason =
  | 'repository-gone'
  | 'revision-gone'
  | 'file-gone'
  | 'gated'
  | 'denied'
  | 'disabled'
  | 'unreachable'
  | 'untrusted'
  | 'unsupported'

/** A source that failed or lied: one line for the person, exit 4, unless a command makes a finding of it. */
export class SourceError extends UsageError {
  readonly reason: SourceReason

  constructor(reason: SourceReason, message: string) {
    super(message)
    this.name = 'SourceError'
    this.reason = reason
  }
}

const DISK: Readonly<Record<string, string>> = {
  ENOSPC: 'no space is left on the disk',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file system holds no file of this size',
  EACCES: 'no permission to write there',
  EPERM: 'no permission to write there',
  EROFS: 'the file system is read-only',
  ELOOP: 'a link stands there',
  ENOTDIR: 'a file stands where a folder should be',
}

/** A system's error about a place that is written to, in one line; anything else is passed on as it is. */
export function diskTrouble(place: string, error: unknown): Error {
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined
  if (error instanceof UsageError || code === undefined)
    return error instanceof Error ? error : new Error(String(error))
  return new UsageError(`${place}: ${DISK[code] ?? `cannot be written (${code})`}`)
}
