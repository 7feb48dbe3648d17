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
