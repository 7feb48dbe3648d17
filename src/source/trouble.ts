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
