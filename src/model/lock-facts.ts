import type { FactCatalogue } from './fact.ts'

/** What comparing files on disk, the manifest and the lock states. `entry` is the reference as the manifest writes it. */
export const LOCK_FACTS: FactCatalogue = {
  'lock.entry': {
    about:
      'A locked entry and what its source says of it; an empty string where the source says nothing. `pinned`: the reference names an ' +
      'immutable revision. `created`: ISO 8601.',
    fields: {
      entry: 'string',
      kind: 'string',
      endpoint: 'string',
      publisher: 'string',
      licence: 'string',
      created: 'string',
      pinned: 'boolean',
    },
  },
  'lock.unchanged': {
    about: 'An entry is locked as it was at an earlier commit, so it was not inspected again.',
    fields: { entry: 'string', since: 'string', treeDigest: 'string' },
  },
  'lock.absent': {
    about: 'Nothing of a locked entry is there.',
    fields: { entry: 'string', files: 'number' },
  },
  'lock.missing': { about: 'A locked file is not there.', fields: { entry: 'string', file: 'string' } },
  'lock.extra': { about: 'A file that the lock does not know.', fields: { entry: 'string', file: 'string' } },
  'lock.changed': {
    about: 'A file does not have the SHA-256 or the size that is locked.',
    fields: {
      entry: 'string',
      file: 'string',
      expected: 'string',
      actual: 'string',
      size: 'number',
      lockedSize: 'number',
    },
  },
  'lock.renamed': {
    about: 'A locked file is not there, and its content is there under another name.',
    fields: { entry: 'string', file: 'string', from: 'string' },
  },
  'lock.link': {
    about: 'Where the lock has a regular file there is a link, or a cache link that leads to another blob.',
    fields: { entry: 'string', file: 'string', leads: 'string' },
  },
  'lock.collision': {
    about:
      'Two names that some file systems hold for one: equal but for case, Unicode form or trailing dots.',
    fields: { entry: 'string', file: 'string', other: 'string', by: 'string' },
  },
  'lock.listing': {
    about: 'The listing that a Hugging Face cache keeps of a commit contradicts the lock.',
    fields: { entry: 'string', file: 'string', how: 'string' },
  },
  'lock.untracked': {
    about: 'A file below the artifacts folder that belongs to no locked entry.',
    fields: { file: 'string' },
  },
  'lock.drift': {
    about: 'Manifest and lock disagree: `unlocked`, `left-over`, or `changed` in what is asked for.',
    fields: { entry: 'string', how: 'string' },
  },
  'lock.capability': {
    about:
      'What a locked plugin may do is not what was locked. `how`: added, widened (in scope), removed or coverage-fell (less of it could be ' +
      'analysed). `approval`: who must approve it, by the owners of the manifest.',
    fields: { entry: 'string', capability: 'string', how: 'string', approval: 'string' },
  },
  'lock.surface': {
    about:
      'What a locked plugin offers, or how it starts, is not what was locked. `part`: tool, prompt, resource, instructions or launch; ' +
      '`field`: of its definition, empty for all of it. `how`: added, removed or changed. `approval`: who must approve it.',
    fields: {
      entry: 'string',
      part: 'string',
      item: 'string',
      field: 'string',
      how: 'string',
      approval: 'string',
    },
  },
  'lock.tampered': {
    about: 'What a source sent is not what is locked.',
    fields: { entry: 'string', file: 'string', how: 'string', origin: 'string' },
  },
}

/** What asking the sources again states about the names that were locked. */
export const IDENTITY_FACTS: FactCatalogue = {
  'identity.recreated': {
    about:
      'The repository behind the name is another one than was locked: its number or creation time changed.',
    fields: { entry: 'string', by: 'string', was: 'string', is: 'string' },
  },
  'identity.moved': {
    about: 'The service answers for the name with another one.',
    fields: { entry: 'string', was: 'string', is: 'string' },
  },
  'identity.gone': {
    about: 'The repository cannot be reached any more: deleted, closed or disabled.',
    fields: { entry: 'string', reason: 'string' },
  },
  'identity.pin-gone': {
    about: 'The commit, manifest or version that is locked is not there any more: history was rewritten.',
    fields: { entry: 'string', pin: 'string' },
  },
  'identity.pin-changed': {
    about: 'A version that may not change has other content than was locked.',
    fields: { entry: 'string', pin: 'string' },
  },
  'identity.revision-moved': {
    about:
      'The revision that was asked for leads elsewhere now. `kind`: `fixed` (a tag or version) or `moving` (a branch).',
    fields: { entry: 'string', kind: 'string', was: 'string', is: 'string' },
  },
  'identity.author': {
    about: 'The account that owned the name changed or is gone.',
    fields: { entry: 'string', was: 'string', is: 'string' },
  },
  'identity.endpoint': {
    about: 'Another service is asked than the one it was locked from.',
    fields: { entry: 'string', was: 'string', is: 'string' },
  },
  'identity.access': {
    about: 'A repository became or ceased to be gated, disabled or private.',
    fields: { entry: 'string', what: 'string', was: 'string', is: 'string' },
  },
  'identity.lookalike': {
    about: 'A name that is nearly another one: of the manifest, or of a well-known publisher.',
    fields: { entry: 'string', name: 'string', like: 'string', how: 'string', known: 'string' },
  },
}
