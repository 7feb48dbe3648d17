import type { FactCatalogue } from './fact.ts'

/** Secrets and personal data, in files and in rows of tables. None of them is ever in a fact. */
export const SENSITIVE_FACTS: FactCatalogue = {
  'secret.found': {
    about:
      'Something that opens an account, redacted. `provider`: who issued it, empty where the form is nobody’s. `kind`: token, key, ' +
      'private-key, password, webhook, session, assigned, … `check`: valid where a checksum of the issuer holds, structure where it ' +
      'decodes or carries a mark as the issuer’s own do, none where the form has nothing to check, broken where its checksum does not hold. `where`: file, rows, test (the ' +
      'path says so) or example (the line says so). `fingerprint`: of a hash; empty where it could be guessed. `column`: of rows.',
    fields: {
      provider: 'string',
      kind: 'string',
      check: 'string',
      where: 'string',
      redacted: 'string',
      fingerprint: 'string',
      column: 'string',
    },
  },
  'pii.found': {
    about:
      'Personal data, counted. `kind`: card, iban, national-id (check digits hold for at least half of what looks like it), email or ' +
      'phone. `where`: file, rows or test. `column`: of rows.',
    fields: { kind: 'string', where: 'string', column: 'string' },
  },
}
