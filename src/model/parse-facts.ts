import type { FactCatalogue, FactShape } from './fact.ts'

/** What the engine states when bytes could not be read or accounted for; one kind for each `TroubleKind`. */
const trouble = (about: string): FactShape => ({
  about,
  // `format` is the inspector that met it, or the part of the engine.
  fields: { message: 'string', format: 'string' },
})

export const PARSE_FACTS: FactCatalogue = {
  'parse.truncated': trouble('The bytes end before the format says they do.'),
  'parse.corrupt': trouble('The bytes contradict their format.'),
  'parse.limit': trouble('A limit stopped the inspection: too deep, too many, too large or too slow.'),
  'parse.unsupported': trouble('A part uses a feature or format that is not understood.'),
  'parse.encrypted': trouble('A part is encrypted.'),
  'parse.unreadable': trouble('The operating system did not let the file be read.'),
  'parse.internal': trouble('An inspector failed in a way its author did not foresee.'),
}
