import { memorySource } from '../../bytes/memory.ts'
import { commandLine, simpleCommands } from '../../codec/command-line.ts'
import { textOf, textsOf } from '../../codec/json-values.ts'
import { pathForm } from '../../codec/path-form.ts'
import { urlWithoutSecrets } from '../../codec/plugin/address.ts'
import { lineWithoutSecrets } from '../../codec/plugin/credential.ts'
import { encodedCommand, readLaunch } from '../../codec/plugin/launch.ts'
import type { FetchedPackage } from '../../codec/plugin/package.ts'
import { nearlyKnown } from '../../codec/plugin/well-known.ts'
import { anonymousName } from '../../model/artifact.ts'
import type { At, Json } from '../../model/fact.ts'
import { type Emission, fact } from '../inspector.ts'

const TEXT_KEPT = 300
/** Simple commands of one line that are followed. */
const COMMANDS = 200

/** Where a command line or package is named. */
export interface CommandPlace {
  readonly from: string
  readonly server: string
  readonly at?: At
  /** How the folder that relative paths start from is reached from the document: empty, `..`, `../..`. */
  readonly base: string
}

export interface Run {
  readonly runs: 'launch' | 'hook' | 'expansion' | 'setting' | 'install' | 'task' | 'test'
  readonly event: string
  /** Somebody is asked before it runs. */
  readonly asks: boolean
}

/** A command line that configuration has an agent, editor or installer run: stated, followed, and inspected as shell. */
export function* ranLine(line: string, run: Run, place: CommandPlace): Generator<Emission> {
  if (line.trim() === '') return
  const { from, at } = place
  yield fact('plugin.command', { from, ...run, command: lineWithoutSecrets(line).slice(0, TEXT_KEPT) }, at)
  for (const [program = '', ...args] of simpleCommands(line).slice(0, COMMANDS))
    yield* fetchedBy(program, args, place, run.runs)
  yield {
    type: 'child',
    name: anonymousName(`${run.runs}${run.event === '' ? '' : ` ${run.event}`}`),
    bytes: memorySource(Buffer.from(line)),
    format: run.event.startsWith('powershell') ? 'powershell' : 'shell',
  }
}

/** The same for a value that is a line, or a program and its arguments. */
export function* ran(value: Json | undefined, run: Run, place: CommandPlace): Generator<Emission> {
  yield* ranLine(Array.isArray(value) ? commandLine(textsOf(value)) : textOf(value), run, place)
}

/** What a command fetches and which files of the plugin it starts. */
export function* fetchedBy(
  command: string,
  args: readonly string[],
  place: CommandPlace,
  role: string,
): Generator<Emission> {
  const { packages, scripts, runner, options } = readLaunch(command, args)
  const { from, server, at } = place
  for (const found of packages) yield* source(found, place, role, runner)
  for (const script of scripts) yield* localFile(script, role, place)
  for (const { option, value } of options)
    yield fact('plugin.launch-option', { from, server, option, value }, at)
  const hidden = encodedCommand([command, ...args])
  if (hidden === undefined) return
  yield fact(
    'plugin.launch-option',
    { from, server, option: 'encoded-command', value: hidden.slice(0, 200) },
    at,
  )
  yield {
    type: 'child',
    name: anonymousName(role),
    bytes: memorySource(Buffer.from(hidden)),
    format: 'powershell',
  }
}

/** States a package, what it resembles, and the edge to it. */
export function* source(
  found: FetchedPackage,
  place: CommandPlace,
  role: string,
  runner: string,
): Generator<Emission> {
  const { from, server, at } = place
  const { form, version, pinned, moving, integrity, address } = found
  const [name, reference] = [urlWithoutSecrets(found.name), urlWithoutSecrets(found.reference)]
  if (form === 'path') {
    yield* localFile(name, role, place)
    return
  }
  const data = {
    from,
    server,
    role,
    form,
    name,
    version,
    pinned,
    moving,
    integrity,
    runner,
    registry: '',
    ...address,
  }
  yield fact('plugin.source', data, at)
  const near = form === 'npm' || form === 'pypi' ? nearlyKnown(form, name) : undefined
  if (near) yield fact('plugin.lookalike', { from, what: form, name, ...near }, at)
  if (reference !== '') yield fact('edge.plugin', { target: reference, role, form: 'package', base: '' }, at)
}

const PLUGIN_FOLDER =
  /^["']?\$?\{?(?:CLAUDE_PLUGIN_ROOT|CODEX_PLUGIN_ROOT|PLUGIN_ROOT|__dirname|extensionPath|extensionDir|CLAUDE_SKILL_DIR|CLAUDE_PROJECT_DIR|GEMINI_PROJECT_DIR|CURSOR_PROJECT_DIR|workspaceFolder|workspaceRoot|workspacePath|PWD)\}?["']?[/\\]?/

/** An edge to a file that comes with the document. */
export function* localFile(path: string, role: string, { at, base }: CommandPlace): Generator<Emission> {
  const inside = PLUGIN_FOLDER.test(path)
  const target = path.replace(PLUGIN_FOLDER, '').replace(/^["']|["']$/g, '')
  if (target === '' || /[${}]/.test(target)) return
  const form = pathForm(target)
  yield fact(
    'edge.plugin',
    { target: target.slice(0, 1000), role, form: inside && form === 'plain' ? 'subfolder' : form, base },
    at,
  )
}
