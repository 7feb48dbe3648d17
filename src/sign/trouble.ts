import type { SignatureTrouble } from '../model/signature.ts'

/** Thrown where a signature, or what it says, does not hold. Whatever else is thrown while verifying counts as `malformed`. */
export class NotVerified extends Error {
  readonly trouble: SignatureTrouble

  constructor(trouble: SignatureTrouble, message: string) {
    super(message)
    this.name = 'NotVerified'
    this.trouble = trouble
  }
}

/** Everything that verifying throws, as a reason: what nobody foresaw is `malformed`, never a pass and never a crash. */
export function reasonOf(error: unknown): NotVerified {
  if (error instanceof NotVerified) return error
  return new NotVerified(
    'malformed',
    error instanceof Error ? `${error.name}: ${error.message}` : String(error),
  )
}
