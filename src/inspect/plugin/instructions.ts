import { type FrontMatter, frontMatter } from '../../codec/front-matter.ts'
import { objectOf, textOf, textsOf } from '../../codec/json-values.ts'
import { pathForm } from '../../codec/path-form.ts'
import { INSTRUCTION_FILES as KINDS } from '../../codec/plugin/instruction-files.ts'
import { npmPackage, pypiPackage, registryPackage, urlPackage } from '../../codec/plugin/package.ts'
import { readRule, splitRules } from '../../codec/plugin/permission.ts'
import { readProse } from '../../codec/prose/prose.ts'
import { readToml } from '../../codec/toml.ts'
import { readYamlValues } from '../../codec/yaml.ts'
import type { FactCatalogue, Json, JsonObject } from '../../model/fact.ts'
import { FormatError } from '../../model/trouble.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'
import { FACTS as PLUGIN } from './agent-config.ts'
import { type CommandPlace, ranLine, source } from './commands.ts'
import { pathOf, readText, signProbe, windowText } from './document.ts'
import { fencedCode } from './fences.ts'
import { hookFacts } from './hooks.ts'
import { isServer, serverFacts, variable } from './servers.ts'
import { said, stringsOf } from './wording.ts'

const FACTS: FactCatalogue = {
  ...PLUGIN,
  'instructions.front-matter': {
    about:
      'Something about the settings at the head of an instruction file. `issue`: malformed, missing, duplicate, no-name, no-description, ' +
      'name-differs (from its folder) or hidden-from-user (only the model can start it, or only it sees it).',
    fields: { kind: 'string', issue: 'string', key: 'string' },
  },
}

/** Skills, commands, subagents and rules files: text that an agent obeys, with settings at its head and commands in its body. */
export const instructions: Inspector = {
  id: 'instructions',
  detect: {
    probe: (head, tail, size) => {
      const strength = sign(head, tail, size)
      return strength === 'trial' && !/^---[ \t]*\r?\n/.test(windowText(head)) ? 'weak' : strength
    },
    path: new RegExp(KINDS.map(([, , path]) => path.source).join('|')),
    byName: true,
  },
  facts: FACTS,
  inspect,
}

const sign = signProbe([
  /^name:[ \t]*\S/m,
  /^description:[ \t]*\S/m,
  /^(?:allowed-tools|disallowed-tools|disable-model-invocation|user-invocable|tools|hooks):/m,
])

async function* inspect(opened: Opened, context: InspectContext): AsyncGenerator<Emission> {
  const path = pathOf(opened)
  const [kind, client, , base] = KINDS.find(([, , pattern]) => pattern.test(path)) ?? [
    'instructions',
    'agents',
    /(?:)/,
    '',
  ]
  const read = await readText(opened, context)
  if (!read) throw new FormatError('corrupt', 'instructions that are no text')
  const { text, length, cut } = read
  yield { type: 'span', offset: 0, length, as: 'inspected' }
  if (cut)
    yield { type: 'damage', kind: 'limit', message: `instructions of ${length} bytes are read in part` }
  context.meter.hold(text.length * 2)
  try {
    const parts: FrontMatter = path.endsWith('.toml')
      ? { head: text, syntax: 'toml', body: '', line: 1 }
      : frontMatter(text)
    const { value, trouble, duplicates } = await settingsOf(parts)
    const name = textOf(value.name) || nameFrom(path)
    yield fact('plugin.manifest', {
      kind,
      name: name.slice(0, 200),
      version: textOf(value.version),
      client,
      scope: 'project',
    })
    const issue = (what: string, key = '') => fact('instructions.front-matter', { kind, issue: what, key })
    if (trouble) yield issue('malformed')
    if (parts.head === undefined && kind === 'skill') yield issue('missing')
    for (const key of duplicates) yield issue('duplicate', key.slice(1, 100))
    const place: CommandPlace = { from: kind, server: '', base }
    yield* settings(value, kind, name, place, trouble)
    if (kind === 'skill' && parts.head !== undefined && !trouble) yield* skillIssues(value, path, issue)
    yield* said(stringsOf(value, { role: 'instruction', owner: name, field: '', pointer: '' }))
    const prompt = path.endsWith('.toml') ? { ...parts, body: textOf(value.prompt) } : parts
    yield* body(prompt, name, kind, client, place)
  } finally {
    context.meter.release(text.length * 2)
  }
}

async function settingsOf(
  parts: FrontMatter,
): Promise<{ value: JsonObject; trouble: boolean; duplicates: readonly string[] }> {
  if (parts.head === undefined) return { value: {}, trouble: false, duplicates: [] }
  if (parts.syntax === 'toml') {
    const value = await readToml(parts.head)
    return { value: objectOf(value), trouble: value === undefined, duplicates: [] }
  }
  const first = await readYamlValues(parts.head)
  if (first.errors === 0)
    return { value: objectOf(first.documents[0]), trouble: false, duplicates: first.duplicates }
  // `description: Use when: …` is no YAML, and agents read it all the same, line by line.
  const lenient = Object.fromEntries(
    [...parts.head.matchAll(/^([\w-]+):[ \t]*(.*)$/gm)].map(([, key = '', text = '']) => [key, text.trim()]),
  )
  const isPlain = !/^(?:hooks|mcpServers|metadata):[ \t]*$/m.test(parts.head)
  return { value: lenient, trouble: !isPlain || Object.keys(lenient).length === 0, duplicates: [] }
}

function nameFrom(path: string): string {
  const steps = path.split('/')
  const file = steps.at(-1) ?? ''
  return file === 'skill.md' ? (steps.at(-2) ?? '') : file.replace(/\.[^.]*$/, '')
}

function* skillIssues(
  value: JsonObject,
  path: string,
  issue: (what: string, key?: string) => Emission,
): Generator<Emission> {
  const name = textOf(value.name)
  const folder = path.split('/').at(-2) ?? ''
  if (name === '') yield issue('no-name')
  else if (folder !== '' && name.toLowerCase() !== folder && path.includes('/skills/'))
    yield issue('name-differs')
  if (textOf(value.description) === '') yield issue('no-description')
}

/** What the head grants, hooks in, starts and installs. */
function* settings(
  value: JsonObject,
  kind: string,
  name: string,
  place: CommandPlace,
  trouble: boolean,
): Generator<Emission> {
  for (const [key, scope] of [
    ['allowed-tools', 'declared'],
    ['allowedTools', 'declared'],
    ['tools', 'declared'],
    ['disallowed-tools', 'deny'],
  ] as const) {
    const held = value[key]
    const rules = typeof held === 'string' ? splitRules(held) : textsOf(held)
    for (const rule of rules)
      yield fact(
        'plugin.permission',
        { from: kind, server: name, scope, ...readRule(rule) },
        { pointer: `/${key}` },
        rule.slice(0, 200),
      )
  }
  if (trouble) return
  yield* hookFacts(value.hooks, place, '/hooks')
  const servers = value.mcpServers ?? value['mcp-servers']
  for (const [server, held] of Object.entries(objectOf(servers))) {
    const pointer = `/mcpServers/${server}`
    if (isServer(held))
      yield* serverFacts(held, { ...place, server, pointer, at: { pointer }, scope: 'bundle' })
  }
  const mode = textOf(value.permissionMode) || textOf(value['permission-mode'])
  if (/^(?:bypassPermissions|dontAsk)$/.test(mode)) {
    yield fact(
      'plugin.setting',
      { from: kind, key: 'permissionMode', effect: 'bypass', value: mode, scope: 'project' },
      { pointer: '/permissionMode' },
    )
  }
  yield* clawd(objectOf(value.metadata), place)
}

/** OpenClaw: what a skill has its host install. */
function* clawd(metadata: JsonObject, place: CommandPlace): Generator<Emission> {
  const held = metadata.openclaw ?? metadata.clawdbot ?? metadata.moltbot
  const { install, requires } = objectOf(held)
  for (const [index, item] of (Array.isArray(install) ? install : []).entries()) {
    const step = objectOf(item as Json)
    const at = { pointer: `/metadata/openclaw/install/${index}` }
    const here = { ...place, at }
    const what = textOf(step.package) || textOf(step.module) || textOf(step.formula)
    if (step.kind === 'node' && what !== '') yield* source(npmPackage(what), here, 'install', '')
    else if (step.kind === 'uv' && what !== '') yield* source(pypiPackage(what), here, 'install', '')
    else if (step.kind === 'go' && what !== '')
      yield* source(
        registryPackage('go', what.split('@')[0] ?? '', what.split('@')[1] ?? '', ''),
        here,
        'install',
        '',
      )
    else if (typeof step.url === 'string')
      yield* source(urlPackage(step.url, textOf(step.sha256)), here, 'install', '')
  }
  for (const name of textsOf(objectOf(requires).env))
    yield variable('input', name, '', place, '/metadata/openclaw/requires/env')
}

/** The body: what it says, the commands that run before the model sees it, scripts in fences, and files it sends the model to. */
function* body(
  { body: text, line }: FrontMatter,
  name: string,
  kind: string,
  client: string,
  place: CommandPlace,
): Generator<Emission> {
  if (text === '') return
  yield* fencedCode(text, line)
  const { facts, exhausted } = readProse(text, 'instruction', { owner: name, field: 'body' })
  for (const draft of facts) yield { type: 'fact', ...shifted(draft, line - 1) }
  if (exhausted) yield { type: 'damage', kind: 'limit', message: 'more text than is read for what it says' }
  if (kind === 'skill' || kind === 'command') yield* expansions(text, line, place, client)
  let count = 0
  for (const target of new Set([...text.matchAll(REFERENCE)].map((match) => match[1] ?? match[2] ?? ''))) {
    if (target === '' || ++count > 500) continue
    yield fact('edge.plugin', {
      target,
      role: SCRIPT.test(target) ? 'script' : 'instructions',
      form: pathForm(target),
      base: '',
    })
  }
}

/** Links and mentions of files in the folders that skills have. */
const REFERENCE =
  /\]\((?!https?:|#|mailto:)([^)\s#]{1,300})\)|(?<![\w/.-])((?:\.\/)?(?:scripts|references|assets|templates|resources|bin|hooks)\/[\w./-]{1,200}\.\w{1,8})\b/g
const SCRIPT = /\.(?:py|sh|bash|[mc]?[jt]s|rb|pl|ps1|php|exe|bat|cmd)$/i

/** `` !`command` `` and fences of ```` ```! ````: Claude Code runs them and puts what they print in their place. */
const EXPANSION = /(?<=^|[\s(>])!`([^`\n]{1,4000})`|^```!\w*[ \t]*\r?\n([\s\S]{1,20000}?)^```/gm
/** Gemini CLI's commands in TOML write `!{command}`. */
const BRACED = /!\{([^{}\n]{1,4000})\}/g

function* expansions(text: string, first: number, place: CommandPlace, client: string): Generator<Emission> {
  const found = [...text.matchAll(EXPANSION), ...(client === 'gemini-cli' ? text.matchAll(BRACED) : [])]
  let counted = 0
  let at = 0
  for (const match of found.slice(0, 200)) {
    counted += text.slice(at, match.index).split('\n').length - 1
    at = match.index
    const command = match[1] ?? match[2] ?? ''
    // Arguments of the user's are put in before it runs.
    yield* ranLine(
      command,
      { runs: 'expansion', event: '', asks: false },
      { ...place, at: { line: first + counted, column: 1 } },
    )
  }
  if (found.length > 200)
    yield { type: 'damage', kind: 'limit', message: 'more commands in a text than are inspected' }
}

function shifted<T extends { readonly at?: unknown }>(draft: T, lines: number): T {
  const { at } = draft
  if (!isPlace(at)) return draft
  return { ...draft, at: { line: at.line + lines, column: at.column } }
}

function isPlace(at: unknown): at is { line: number; column: number } {
  return typeof at === 'object' && at !== null && 'line' in at && typeof at.line === 'number'
}
