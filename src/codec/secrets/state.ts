import type { FactDraft, Location } from '../../model/fact.ts'
import type { Secret } from './find.ts'
import { fingerprint, redacted } from './redact.ts'

/** The fact of a secret, without the secret. `where`: file, rows or test; an example is one wherever it stands. */
export function secretFact(secret: Secret, where: string, column: string, location: Location): FactDraft {
  const { provider, kind, check, isExample } = secret
  const shown = redacted(secret)
  const data = {
    provider,
    kind,
    check,
    where: isExample && where !== 'test' ? 'example' : where,
    redacted: shown,
    fingerprint: fingerprint(secret),
    column,
  }
  return { kind: 'secret.found', data, locations: [{ ...location, text: shown }] }
}
