import type { FactCatalogue } from './fact.ts'

/** What refers to what: names in one file that make a loader open, run or install something else. */
export const EDGE_FACTS: FactCatalogue = {
  'edge.code': {
    about:
      'Code that a loader runs. `role` says when; `form` is plain, subfolder, traversal, absolute or url; `repository` ' +
      'is the other repository it is taken from, empty where it is this one.',
    fields: { target: 'string', role: 'string', form: 'string', repository: 'string' },
  },
  'edge.model': {
    about: 'A file that a loader opens as a model.',
    fields: { target: 'string', role: 'string', form: 'string' },
  },
  'edge.requirements': {
    about: 'A list of packages that a loader may install.',
    fields: { target: 'string', role: 'string', form: 'string' },
  },
  'edge.import': {
    about: 'A class or function of an installed package that a loader imports and calls by name.',
    fields: { callable: 'string', role: 'string' },
  },
}

/** References that several formats make in the same way. */
export const EDGE_DATA: FactCatalogue = {
  'edge.data': {
    about:
      'A file that a loader reads as data: tensors beside the model, a vocabulary, an asset. `role` says which; `form` ' +
      'is plain, subfolder, traversal, absolute or url.',
    fields: { target: 'string', role: 'string', form: 'string' },
  },
  'edge.extent': {
    about:
      'How many bytes of a file of `edge.data` the references into it reach: the largest offset and length.',
    fields: { target: 'string', role: 'string', end: 'number' },
  },
}

/** References between the parts of a plugin, which `relate/plugin-chain` follows. */
export const EDGE_PLUGIN: FactCatalogue = {
  'edge.plugin': {
    about:
      'What a plugin brings in. `role`: launch, hook, setting, expansion, install, task and test (as a command runs), entry (of a package), script, plugin, marketplace, ' +
      'component, instructions, model, dependency, optional. `target`: a path ' +
      'from the folder of the plugin, or a reference (`npm:name@version`, `pypi:name==version`, `oci:…`, `git+https://…@commit`). ' +
      '`form` as of other edges, or `package`.',
    fields: { target: 'string', role: 'string', form: 'string', base: 'string' },
  },
}
