import type { FactCatalogue } from './fact.ts'

/** What holding a report against the user's policy states. `place` is `file:line:column` of the demand. */
export const POLICY_FACTS: FactCatalogue = {
  'policy.unmet': {
    about:
      'A demand of the policy is not met. `demand`: formats, publishers, licences, signed, pinned, max-age or capabilities. `value`: what ' +
      'is there, empty where nothing is known, which never meets a demand. `wanted`: what the policy allows.',
    fields: { demand: 'string', value: 'string', wanted: 'string', place: 'string' },
  },
  'policy.condition': {
    about:
      'A condition of the policy denies. `how`: `denied`, or `error` where it could not be decided, which denies too.',
    fields: { name: 'string', message: 'string', how: 'string', place: 'string' },
  },
}
