import type { FactCatalogue } from './fact.ts'

/** References that several formats make in the same way. */
export const EDGE_DATA: FactCatalogue = {
  'edge.data': {
    about:
      'A file that a loader reads as data: tensors beside the model, a vocabulary, an asset. `role` says which; `form` ' +
      'is plain, subfolder, traversal, absolute or url.',
    fields: { target: 'string', role: 'string', form: 'string' },
  },
}
