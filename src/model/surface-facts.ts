import type { FactCatalogue } from './fact.ts'

/** What a plugin offers to a model and what starts it, so that a lock can hold it. */
export const SURFACE_FACTS: FactCatalogue = {
  'surface.part': {
    about:
      'A part of what a model is shown, or of how a server starts. `kind`: tool, prompt, resource, instructions or launch. `field`: ' +
      'empty for all of it. `sha256`: of its canonical JSON (RFC 8785). `text`: as people read it, empty where it is long or no text.',
    fields: {
      kind: 'string',
      server: 'string',
      name: 'string',
      field: 'string',
      sha256: 'string',
      text: 'string',
    },
  },
}
