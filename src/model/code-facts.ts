import type { FactCatalogue } from './fact.ts'

const PLACE = { language: 'string', context: 'string', tools: 'strings', functions: 'strings' } as const

/**
 * What code of every language states. `context` is when it runs: `import-time` (on loading the file), `class` (the same, in a
 * class body), `main-guard` (when the file is run as a program), `install` (when its package is installed) or
 * `function` (when something calls it). `tools` are the tools whose handlers reach it, `*` for some tool of the server that cannot be told. `functions` are the functions of the file
 * by whose names other files reach it.
 */
export const CODE_FACTS: FactCatalogue = {
  'code.source': {
    about:
      'A source file. `hidden`: its declared encoding turns it into other code than a reader sees. `minified`: nobody wrote it by ' +
      'hand, and names that would tell what it does may be gone.',
    fields: { language: 'string', encoding: 'string', hidden: 'boolean', minified: 'boolean' },
  },
  'code.import': {
    about: 'A module that is imported, and the name taken from it.',
    fields: { module: 'string', name: 'string', ...PLACE },
  },
  'code.call': {
    about:
      'A call that does something outside the program. `effect`: process, dynamic-code, import, native, deserialise, network, ' +
      'listen, file-read, file-write, file-delete, environment-write, descriptor, hook, registry, spy or input. `program`: what a process starts, where it is constant. `dynamic`: reached by ' +
      'reflection. `obfuscated`: its name or its program is put together so that a reader does not see it. `arguments`: kinds. ' +
      '`paths`: classes of constant paths (secret, persistence, agent-config, temporary, system, home).',
    fields: {
      callee: 'string',
      effect: 'string',
      program: 'string',
      arguments: 'strings',
      constants: 'strings',
      paths: 'strings',
      shell: 'boolean',
      dynamic: 'boolean',
      obfuscated: 'boolean',
      ...PLACE,
    },
  },
  'code.flow': {
    about:
      'Data goes from a source (argument, environment, whole-environment, secret-environment, file, secret-file, network, stdin, ' +
      'decoded, process) to a sink: an effect, or `process-argument` where the program started is constant.',
    fields: {
      source: 'string',
      sink: 'string',
      callee: 'string',
      constants: 'strings',
      paths: 'strings',
      ...PLACE,
    },
  },
  'code.crossing': {
    about:
      'A call of a function of another file of the same program, by the module and name it is imported by.',
    fields: { module: 'string', name: 'string', language: 'string', tools: 'strings', functions: 'strings' },
  },
  'code.decoded': {
    about:
      'A constant that the code decodes; it is inspected as a child. `runs`: it is run as code. `content`: `text` or `binary`.',
    fields: { via: 'string', content: 'string', runs: 'boolean', ...PLACE },
  },
  'code.environment': {
    about: 'A variable of the environment that is read.',
    fields: { name: 'string', ...PLACE },
  },
  'code.tool': {
    about:
      'A tool, resource or prompt (`role`) that a server or agent is given. `description` is what the model reads; `annotations` ' +
      'are the hints it states, such as `readOnlyHint=true`. `definition`: SHA-256 over these, as canonical JSON.',
    fields: {
      name: 'string',
      role: 'string',
      description: 'string',
      annotations: 'strings',
      definition: 'string',
      language: 'string',
    },
  },
  'code.trait': {
    about:
      'A way of doing things that is a sign of intent: download-run, decode-run, reverse-shell, miner, secret-upload, ' +
      'environment-upload, persistence-profile, persistence-schedule, persistence-key, agent-config, history-off, ' +
      'security-off or destructive. In shell scripts, and in the command lines that other code runs.',
    fields: { trait: 'string', constants: 'strings', ...PLACE },
  },
}
