import { isObject, listOf, objectOf, textOf, textsOf } from '../../codec/json-values.ts'
import { addressOf } from '../../codec/plugin/address.ts'
import { lineWithoutSecrets } from '../../codec/plugin/credential.ts'
import type { Json, JsonObject } from '../../model/fact.ts'
import { type Emission, fact } from '../inspector.ts'
import { type CommandPlace, ran } from './commands.ts'
import { said, wording } from './wording.ts'

/** Hooks as the clients write them, by event: what runs when, on whose request nobody is asked. */
export function* hookFacts(
  hooks: Json | undefined,
  place: CommandPlace,
  pointer: string,
): Generator<Emission> {
  for (const [event, entries] of Object.entries(objectOf(hooks))) {
    const list = Array.isArray(entries) ? listOf(entries) : [entries]
    for (const [index, entry] of list.entries())
      yield* entryFacts(event, '', entry, place, `${pointer}/${event}/${index}`)
  }
}

/** An entry has commands itself, or a matcher and a list of hooks. */
function* entryFacts(
  event: string,
  outer: string,
  entry: Json | undefined,
  place: CommandPlace,
  pointer: string,
): Generator<Emission> {
  if (typeof entry === 'string') {
    yield* hook(event, outer, { command: entry }, place, pointer)
    return
  }
  if (!isObject(entry)) return
  const matcher = textOf(entry.matcher) || outer
  const inner = listOf(entry.hooks)
  for (const [index, item] of inner.entries())
    yield* entryFacts(event, matcher, item, place, `${pointer}/hooks/${index}`)
  if (inner.length === 0) yield* hook(event, matcher, entry, place, pointer)
}

/** Keys that hold a command line, and whether it is PowerShell. */
const COMMANDS = ['command', 'bash', 'powershell', 'cmd', 'script', 'run'] as const

function* hook(
  event: string,
  matcher: string,
  entry: JsonObject,
  place: CommandPlace,
  pointer: string,
): Generator<Emission> {
  const { from, server } = place
  const at = { pointer }
  const here = { ...place, at }
  const type = textOf(entry.type) || 'command'
  for (const key of COMMANDS) {
    const value = entry[key]
    if (typeof value !== 'string' && !Array.isArray(value)) continue
    const line = Array.isArray(value) ? textsOf(value).join(' ') : value
    const args = textsOf(entry.args)
    const whole = args.length > 0 && typeof value === 'string' ? [value, ...args] : value
    yield fact(
      'plugin.hook',
      { from, event, matcher, type: 'command', command: lineWithoutSecrets(line).slice(0, 300) },
      at,
    )
    yield* ran(
      whole,
      { runs: 'hook', event: key === 'powershell' ? `powershell ${event}` : event, asks: false },
      here,
    )
  }
  if (typeof entry.url === 'string') {
    yield fact('plugin.hook', { from, event, matcher, type: 'http', command: '' }, at)
    yield fact(
      'plugin.endpoint',
      { from, server, role: 'hook', url: entry.url.slice(0, 300), ...addressOf(entry.url) },
      at,
    )
  }
  if (typeof entry.prompt === 'string') {
    yield fact(
      'plugin.hook',
      { from, event, matcher, type: type === 'agent' ? 'agent' : 'prompt', command: '' },
      at,
    )
    yield* said(
      wording(entry.prompt, {
        role: 'instruction',
        owner: event,
        field: 'prompt',
        pointer: `${pointer}/prompt`,
      }),
    )
  }
}
