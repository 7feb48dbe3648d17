import type { FactCatalogue } from './fact.ts'

/**
 * What containers of every kind state about their members. Names of members are examples (`text`), not data: an
 * archive of a million members with one oddity gives one fact, and rules ask for the oddity.
 */
export const ENTRY_FACTS: FactCatalogue = {
  'entry.layout': {
    about: 'What the names of the members say the archive is; several may hold.',
    fields: { layout: 'string' },
  },
  'entry.name': {
    about: 'A member name (or the target of a link) that some extractor would take amiss.',
    fields: { issue: 'string', of: 'string' },
  },
  'entry.link': {
    about:
      'A link: `symbolic` or `hard`; its target stays `inside`, is `absolute`, or climbs out (`escapes`).',
    fields: { link: 'string', target: 'string', system: 'boolean' },
  },
  'entry.through-link': {
    about: 'A member whose path leads through a link that is another member.',
    fields: { target: 'string', system: 'boolean' },
  },
  'entry.special': {
    about: 'A member that is a device, fifo or socket; `system` where the archive is a whole file system.',
    fields: { type: 'string', system: 'boolean' },
  },
  'entry.mode': {
    about: 'A file with set-user-id or set-group-id.',
    fields: { bit: 'string', system: 'boolean' },
  },
  'entry.duplicate': {
    about:
      'Two members that some reader finds under one name: `exact`, or alike in case, Unicode form, separator and so on. `role` is `pickle`, `code` or `other`; `same` where both are one place in the archive.',
    fields: { container: 'string', likeness: 'string', role: 'string', same: 'boolean' },
  },
  'entry.mismatch': {
    about:
      'The headers of one member disagree about a field, so readers of one and the other see different files.',
    fields: { field: 'string' },
  },
  'entry.overlap': {
    about: 'The bytes of a member overlap those of another `member` or of the `directory`.',
    fields: { with: 'string' },
  },
  'entry.unlisted': {
    about: 'A member with a local header that no directory lists: readers of streams see it, others do not.',
    fields: {},
  },
  'entry.outside': {
    about:
      'Bytes of an archive that belong to no record: `before`, `between` or `after`. Padding with zeros is not meant.',
    fields: { where: 'string' },
  },
  'entry.directory': {
    about: 'An oddity of the directory or its end record, which lets readers find different directories.',
    fields: { issue: 'string' },
  },
  'entry.count': {
    about:
      'The end record counts other members than the directory lists; `wrapped` where only its 16 bits ran out.',
    fields: { declared: 'number', listed: 'number', wrapped: 'boolean' },
  },
  'entry.encrypted': {
    about:
      'The encryption flag, in `both` headers or one; `plain` where the data is evidently not encrypted.',
    fields: { where: 'string', plain: 'boolean' },
  },
  'entry.method': {
    about: 'A compression method that not every reader has.',
    fields: { method: 'string', supported: 'boolean' },
  },
  'entry.flag': {
    about: 'A general purpose flag that makes some readers refuse the member.',
    fields: { flag: 'string' },
  },
  'entry.version': {
    about: 'The version needed to extract is one that no specification defines.',
    fields: { needed: 'number' },
  },
  'entry.checksum': {
    about: 'The data of a member does not have the CRC-32 that the container states.',
    fields: { member: 'string' },
  },
  'entry.size': {
    about:
      'The data of a member has another size than stated: `stored`, `inflated`, or bytes are `left-over`.',
    fields: { issue: 'string' },
  },
  'entry.alias': {
    about: 'An extra field gives the member a second name that some readers use.',
    fields: {},
  },
  'entry.folder-data': {
    about: 'A folder that has data.',
    fields: {},
  },
  'entry.header-checksum': {
    about: 'A header whose own checksum is wrong, or right only by the rule of some readers (`signed`).',
    fields: { issue: 'string' },
  },
  'entry.extended': {
    about: 'An extended header that readers apply differently.',
    fields: { issue: 'string' },
  },
  'entry.number': {
    about: 'A number field that is negative, malformed or beyond the file.',
    fields: { field: 'string', issue: 'string' },
  },
  'entry.after-end': {
    about: 'Data behind the end marker of an archive, where some readers stop and others go on.',
    fields: { content: 'string' },
  },
  'entry.sparse': {
    about: 'A sparse file: its content is put together from a map.',
    fields: { form: 'string' },
  },
  'entry.reader-disagrees': {
    about: 'A second, independent reader of the same container refuses it or lists something else.',
    fields: { reader: 'string', how: 'string' },
  },
}
