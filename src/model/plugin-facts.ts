import type { FactCatalogue } from './fact.ts'

/**
 * What plugins of every kind state: MCP configurations and servers, skills, extensions, prompt files. Three columns of one
 * table: *declared* (what a manifest says: `plugin.tool`, `plugin.permission` of scope `declared`), *granted* (what a
 * client's configuration allows: `plugin.server`, `plugin.permission` allow/ask/deny, `plugin.setting`), and what code does
 * (`code.*`). Values of secrets are in no fact.
 *
 * `from` names the document that says so: a client (`claude-code`, `vscode`), or the kind of a manifest (`mcpb`, `skill`).
 * `server` is the name that the document gives to the server, empty where it is about all of them.
 *
 * Addresses: `scheme` and `host` are lower case; `domains` are the host and all domains it is in; `reach` is loopback, private, any (`0.0.0.0`), metadata (of clouds), literal
 * (another bare IP address), variable or public; empty where there is no address.
 */
const ADDRESS = { scheme: 'string', host: 'string', domains: 'strings', reach: 'string' } as const

export const PLUGIN_FACTS: FactCatalogue = {
  'plugin.manifest': {
    about:
      'What the document is. `kind`: mcp-config, agent-settings, mcp-server, mcpb, mcp-surface, skill, command, subagent, ' +
      'instructions, claude-plugin, claude-marketplace, codex-plugin, codex-marketplace, agent-plugin, gemini-extension, ' +
      'ai-plugin, openapi, vscode-extension, npm-package, pypi-package, modelfile, prompt, promptfoo, comfyui-node, space. ' +
      '`client`: whose format it is. `scope`: project (comes with a folder), user, managed or bundle.',
    fields: { kind: 'string', name: 'string', version: 'string', client: 'string', scope: 'string' },
  },
  'plugin.server': {
    about:
      'A server that a client starts or connects to. `transport`: stdio, http, sse, builtin or unknown. `packages`: what the ' +
      'command fetches, as it names it. `shell`: a shell interprets the command line. `trust`: the client asks nothing. ' +
      '`sandbox`: how it is confined, as far as the configuration says (docker, none, …).',
    fields: {
      from: 'string',
      server: 'string',
      transport: 'string',
      command: 'string',
      program: 'string',
      args: 'strings',
      packages: 'strings',
      shell: 'boolean',
      url: 'string',
      ...ADDRESS,
      cwd: 'string',
      envNames: 'strings',
      headerNames: 'strings',
      trust: 'boolean',
      autoApprove: 'strings',
      enabledTools: 'strings',
      disabledTools: 'strings',
      enabled: 'boolean',
      sandbox: 'string',
      scope: 'string',
    },
  },
  'plugin.variable': {
    about:
      'A variable, header, argument or input handed to a server or agent. `place`: env, header, argument, query, input. `form`: ' +
      'literal, reference (to a variable or an input), placeholder, prompt (asked for) or empty. `secret`: why the value is a ' +
      'secret: the provider whose format it has, `named` (by its name), or empty. `masked`: marked as a secret where it is ' +
      'asked for. `host` and its like where the value is an address. `effect`: what a variable of this name does to any program: ' +
      'injects-code, search-path (into a folder that others write), proxy, tls-off, certificates, endpoint (of a model), registry, or empty.',
    fields: {
      from: 'string',
      server: 'string',
      place: 'string',
      name: 'string',
      form: 'string',
      secret: 'string',
      masked: 'boolean',
      effect: 'string',
      ...ADDRESS,
    },
  },
  'plugin.launch-option': {
    about:
      'An option of a launch command that widens what the server reaches. `option`: privileged, host-network, host-pid, ' +
      'docker-socket, root-mount, home-mount, root-folder, home-folder, secret-folder, insecure-tls, skip-permissions, ' +
      'bind-any, allow-all, sudo, encoded-command.',
    fields: { from: 'string', server: 'string', option: 'string', value: 'string' },
  },
  'plugin.tool': {
    about:
      'A tool that is declared. The four hints are what a client concludes, defaults filled in; `annotated`: at least one was ' +
      'stated, and `stated` names them. `inputNames`: every property of the input schema, `required` those that must be given. ' +
      '`ui`: the resource that draws it. `origin`: snapshot (a `tools/list`), manifest or api.',
    fields: {
      from: 'string',
      server: 'string',
      name: 'string',
      title: 'string',
      origin: 'string',
      annotated: 'boolean',
      stated: 'strings',
      readOnly: 'boolean',
      destructive: 'boolean',
      idempotent: 'boolean',
      openWorld: 'boolean',
      inputNames: 'strings',
      required: 'strings',
      outputNames: 'strings',
      ui: 'string',
      visibility: 'strings',
    },
  },
  'plugin.prompt': {
    about: 'A prompt that a server or plugin offers, or that a file is.',
    fields: { from: 'string', server: 'string', name: 'string', arguments: 'strings' },
  },
  'plugin.resource': {
    about: 'A resource or template of resources that a server offers. `ui`: it is drawn as a page.',
    fields: {
      from: 'string',
      server: 'string',
      name: 'string',
      uri: 'string',
      scheme: 'string',
      mimeType: 'string',
      ui: 'boolean',
    },
  },
  'plugin.surface': {
    about:
      'The list of a server, as far as the document holds it. `generated`: the server may offer more when it runs. `more`: a page ' +
      'of a longer list.',
    fields: { from: 'string', server: 'string', list: 'string', generated: 'boolean', more: 'boolean' },
  },
  'plugin.schema': {
    about:
      'Something about the schema of a tool. `trouble`: loop (`$ref` to itself), depth (deeper than is read), remote-ref (taken ' +
      'from an address), missing-ref.',
    fields: { server: 'string', tool: 'string', trouble: 'string', target: 'string' },
  },
  'plugin.permission': {
    about:
      'Something that is permitted or asked for. `scope`: allow, ask, deny (of a client) or declared (of a manifest). `tool`: its ' +
      'kind or name (Bash, Read, mcp__x, oauth, ui-csp, ui-permission, user-config, activation, proposed-api, directory). ' +
      '`rule`: the restriction, empty for all of it. `breadth`: all, broad or narrow.',
    fields: {
      from: 'string',
      server: 'string',
      scope: 'string',
      tool: 'string',
      rule: 'string',
      breadth: 'string',
    },
  },
  'plugin.setting': {
    about:
      'A setting that takes a protection away or has something run. `effect`: approve-all, approve-in-sandbox, bypass, trust-project-servers, ' +
      'sandbox-off, auto-run, runs-command, endpoint, marketplace, remote-instructions, install-scripts. `value` is shortened.',
    fields: { from: 'string', key: 'string', effect: 'string', value: 'string', scope: 'string' },
  },
  'plugin.hook': {
    about: 'Something that runs on an event of the agent. `type`: command, http, prompt, agent or tool.',
    fields: { from: 'string', event: 'string', matcher: 'string', type: 'string', command: 'string' },
  },
  'plugin.command': {
    about:
      'A command line that configuration makes an agent, editor or installer run; it is inspected as shell besides. `runs`: launch ' +
      '(of a server), hook, expansion (when an instruction file is read), setting, install (of a package), task, test. `asks`: somebody ' +
      'is asked first, as far as the format promises.',
    fields: { from: 'string', runs: 'string', event: 'string', command: 'string', asks: 'boolean' },
  },
  'plugin.source': {
    about:
      'Something that is fetched. `form`: npm, pypi, docker, git, url, cargo, nuget, go, mcpb or path. `version` as written. `pinned`: ' +
      'the same bytes each time, or by rules of its registry one version (npm, pypi, cargo, nuget). `moving`: a name that is made to ' +
      'move (`latest`, a branch). `integrity`: a digest or commit. `role`: launch, marketplace, plugin, dependency, install, model.',
    fields: {
      from: 'string',
      server: 'string',
      role: 'string',
      form: 'string',
      name: 'string',
      version: 'string',
      pinned: 'boolean',
      moving: 'boolean',
      integrity: 'string',
      runner: 'string',
      registry: 'string',
      ...ADDRESS,
    },
  },
  'plugin.endpoint': {
    about:
      'An address that a plugin talks to or sends people to. `role`: api, authorization, token, ui, icon, homepage, marketplace, hook, model.',
    fields: { from: 'string', server: 'string', role: 'string', url: 'string', ...ADDRESS },
  },
  'plugin.lookalike': {
    about: 'A name that is nearly a well-known one. `what`: server, npm, pypi, publisher or marketplace.',
    fields: { from: 'string', what: 'string', name: 'string', like: 'string', how: 'string' },
  },
  'plugin.duplicate': {
    about:
      'A key that decides what runs, or a server or tool, occurs twice: readers differ in which they take.',
    fields: { from: 'string', key: 'string' },
  },
  'plugin.opaque': {
    about: 'Something that an agent may run and that no reader can check. `what`: bytecode.',
    fields: { what: 'string', name: 'string' },
  },
}
