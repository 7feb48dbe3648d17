import type { FactCatalogue } from './fact.ts'

/**
 * What plugins may do, stated about the manifest of a plugin, or about the file or folder where there is none. `plugin` is
 * the name of the plugin or server, `tool` one of its tools: empty for what belongs to none, `*` for some tool that cannot be
 * told. `capability` and `scope` are those of `model/capability.ts`: `exec` and `git`, `net` and `https://api.example.com`.
 */
const WHAT = { plugin: 'string', tool: 'string', capability: 'string', scope: 'string' } as const

export const CAPABILITY_FACTS: FactCatalogue = {
  'capability.plugin': {
    about:
      'A plugin, server or piece of code whose capabilities are stated. `kind`: that of its manifest (`plugin.manifest`), `server` for ' +
      'one of a client, or `code`. `folder`: display path of what belongs to it. `files`: source files that were read.',
    fields: { plugin: 'string', kind: 'string', folder: 'string', files: 'number' },
  },
  'capability.tool': {
    about: 'A tool of a plugin. `hints`: the annotations it states, such as `readOnlyHint=true`.',
    fields: { plugin: 'string', tool: 'string', hints: 'strings' },
  },
  'capability.inferred': {
    about:
      'What the code does, each with witnesses (`file:line → call`) as examples. `when`: on-load, on-install, on-call or test.',
    fields: { ...WHAT, when: 'string' },
  },
  'capability.declared': {
    about: 'What the plugin says it needs. `by`: who says so (a kind of manifest, an annotation).',
    fields: { ...WHAT, by: 'string' },
  },
  'capability.granted': {
    about: 'What a client allows without asking. `by`: what allows it.',
    fields: { ...WHAT, by: 'string' },
  },
  'capability.undeclared': {
    about:
      'The code does what the manifest, which does restrict such things, does not say. `secret`: a variable whose name is that of a ' +
      'credential.',
    fields: { ...WHAT, secret: 'boolean' },
  },
  'capability.over-grant': {
    about:
      'More is allowed than the code was seen to need. `suggestion`: the smallest grant that is enough. `breadth`: all or broad.',
    fields: { ...WHAT, suggestion: 'string', breadth: 'string' },
  },
  'capability.annotation-lie': {
    about:
      'A tool states an annotation that its code contradicts. `hint`: readOnlyHint, destructiveHint or openWorldHint. `certain`: the ' +
      'contradiction depends on nothing that was not seen.',
    fields: { ...WHAT, hint: 'string', certain: 'boolean' },
  },
}
