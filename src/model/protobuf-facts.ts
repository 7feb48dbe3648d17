import type { FactCatalogue } from './fact.ts'

/** What messages in protobuf state, whatever their schema. */
export const PROTOBUF_FACTS: FactCatalogue = {
  'protobuf.unknown': {
    about: 'A field that the schema does not have, or of another wire type: readers step over it.',
    fields: { message: 'string', field: 'number', issue: 'string' },
  },
  'protobuf.repeated': {
    about:
      'A field that occurs again where one is meant: some readers merge the parts, others take the last.',
    fields: { message: 'string', field: 'string', part: 'string' },
  },
}
