import type { FactCatalogue } from './fact.ts'

const FILE = { file: 'string', signature: 'string' } as const

/** What verifying signatures states. `signature` is the signature's file, `file` what it is about, both relative to the signed folder. */
export const SIGNATURE_FACTS: FactCatalogue = {
  'signature.verified': {
    about:
      'A signature holds over what is here. `required`: policy names this signer; else somebody signed, and nobody has said who should have.',
    fields: {
      signature: 'string',
      method: 'string',
      identity: 'string',
      issuer: 'string',
      fingerprint: 'string',
      predicate: 'string',
      builder: 'string',
      source: 'string',
      ref: 'string',
      result: 'string',
      signedAt: 'string',
      timeSource: 'string',
      required: 'boolean',
    },
  },
  'signature.invalid': {
    about: 'A signature that does not hold, and for which reason (docs/sign.md).',
    fields: { signature: 'string', reason: 'string', why: 'string', required: 'boolean' },
  },
  'signature.unchecked': {
    about: 'A signature by a key or certificate that nobody has named as trusted.',
    fields: { signature: 'string', method: 'string' },
  },
  'signature.unsigned': {
    about: 'Policy wants a signature, and there is none. `allowed`: the user said --allow-unsigned.',
    fields: { wanted: 'string', allowed: 'boolean' },
  },
  'signature.changed': { about: 'A file has other content than was signed.', fields: FILE },
  'signature.missing': { about: 'A signed file is not there.', fields: FILE },
  'signature.extra': { about: 'A file that was not signed lies in the signed folder.', fields: FILE },
  'signature.ignored': { about: 'A file that the signature leaves out on purpose.', fields: FILE },
  'signature.uncovered': {
    about: 'An empty file in a signature over shards, which cannot say anything about it.',
    fields: FILE,
  },
  'signature.link': { about: 'A link where the signature allows regular files only.', fields: FILE },
  'signature.unread': { about: 'A signed file whose content could not be hashed.', fields: FILE },
  'signature.unmatched': {
    about: 'A signed statement that is about none of the files here.',
    fields: { signature: 'string', predicate: 'string' },
  },
  'signature.claim': {
    about: 'Something that a service or a file says about who made it. It proves nothing.',
    fields: { by: 'string', what: 'string', value: 'string' },
  },
  'signature.gone': {
    about: 'The lock records a signature that is not there any more, or does not hold.',
    fields: { entry: 'string', was: 'string' },
  },
  'signature.signer-changed': {
    about: 'What the lock records of the signer is not what is there.',
    fields: { entry: 'string', field: 'string', was: 'string', is: 'string' },
  },
}
