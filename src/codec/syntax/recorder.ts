import type { CallGraph } from './call-graph.ts'
import type { Effect, Known } from './effects.ts'
import type { Range } from './ir.ts'
import type { CallSite, Given } from './machine.ts'
import { type PathClass, pathClass } from './places.ts'
import type {
  Behaviour,
  CallRecord,
  DecodedRecord,
  EnvironmentRecord,
  FlowRecord,
  ImportRecord,
  Owner,
  Sink,
} from './records.ts'
import { LABEL, SOURCE_BITS, SOURCES, taintOf, type Value } from './values.ts'

/** A sink that a parameter of a function reaches. */
export interface ParameterSink {
  readonly bits: number
  readonly sink: Sink
  readonly callee: string
  readonly constants: readonly string[]
  readonly paths: readonly PathClass[]
}

/** Constants longer than this are cut: they are for people and for rules about hosts and paths. */
const CONSTANT_KEPT = 200
const CONSTANTS_KEPT = 8

/** Collects what the interpreter sees, each place once however often it is evaluated. */
export class Recorder {
  readonly #imports = new Map<string, ImportRecord>()
  readonly #calls = new Map<string, CallRecord>()
  readonly #flows = new Map<string, FlowRecord>()
  readonly #decoded = new Map<string, DecodedRecord>()
  readonly #environment = new Map<string, EnvironmentRecord>()

  /** Everything recorded, in order of place. */
  behaviour(graph: CallGraph, exhausted: boolean): Behaviour {
    const ordered = <T extends Range>(all: Map<string, T>) =>
      [...all.values()].toSorted((a, b) => a.start - b.start)
    return {
      imports: ordered(this.#imports),
      calls: ordered(this.#calls),
      flows: ordered(this.#flows),
      decoded: ordered(this.#decoded),
      environment: ordered(this.#environment),
      contextOf: (owner) => graph.contextOf(owner),
      toolsOf: (owner) => graph.toolsOf(owner),
      functionsOf: (owner) => graph.functionsOf(owner),
      crossings: [...graph.crossings.values()],
      tools: graph.tools,
      exhausted,
    }
  }

  import(at: Range, module: string, name: string | undefined, owner: Owner): void {
    const { start, end } = at
    this.#imports.set(`${start}:${name ?? module}`, { module, ...(name ? { name } : {}), owner, start, end })
  }

  variable(at: Range, name: string, owner: Owner): void {
    this.#environment.set(`${at.start}:${name}`, { name, owner, start: at.start, end: at.end })
  }

  blob(at: Range, via: string, value: Value, runs: boolean, owner: Owner): void {
    if (typeof value.constant !== 'string') return
    const { start, end } = at
    const before = this.#decoded.get(`${start}`)
    const record = { via, content: value.constant, isBytes: value.bytes ?? false, runs, owner, start, end }
    if (!before || runs) this.#decoded.set(`${start}`, record)
  }

  /** A call with an effect. Returns the sinks that parameters reach by it. */
  call(site: CallSite, callee: string, known: Known, owner: Owner): ParameterSink[] {
    const { constants, paths } = constantsOf(site, known)
    const sinks = sinkValues(site, known)
    {
      const reflected = site.callee.bound?.length === 0
      const obfuscated =
        (site.callee.hidden ?? false) ||
        (reflected && (site.callee.pieced ?? false)) ||
        (HIDING.has(known.effect) && sinks.some(({ value }) => isHidden(value)))
      const { start, end } = site
      const command = known.effect === 'process' ? commandOf(programValue(site, known)) : undefined
      const shell = (known.shell ?? false) || asksForShell(site)
      this.#calls.set(`${start}:${end}`, {
        ...{
          callee,
          effect: known.effect,
          shell,
          constants,
          paths,
          reflected,
          obfuscated,
          owner,
          start,
          end,
        },
        kinds: site.args.map(kindOf),
        ...(command ? { command } : {}),
      })
    }
    return sinks.flatMap(({ value, sink }) =>
      this.flow(site, value, { sink, callee, constants, paths }, owner),
    )
  }

  flow(at: Range, value: Value, to: Omit<ParameterSink, 'bits'>, owner: Owner): ParameterSink[] {
    const { labels, origin } = taintOf([value])
    for (const source of SOURCES) {
      if ((labels & LABEL[source]) === 0) continue
      const { start, end } = at
      const key = `${start}:${end}:${source}:${to.sink}`
      if (this.#flows.has(key)) continue
      this.#flows.set(key, { source, ...to, origin, owner, start, end })
    }
    const bits = labels & ~SOURCE_BITS
    return bits === 0 ? [] : [{ bits, ...to }]
  }
}

/** Effects whose argument is a program: what hides it hides what it does. */
const HIDING: ReadonlySet<Effect> = new Set(['process', 'dynamic-code', 'import', 'native'])

function isHidden(value: Value): boolean {
  return (typeof value.constant === 'string' && value.hidden) || (value.items?.some(isHidden) ?? false)
}

function asksForShell(site: CallSite): boolean {
  return site.args.some(
    (a) => (a.name === 'shell' && !isFalse(a)) || a.value.entries?.get('shell')?.path === 'true',
  )
}

function isFalse({ expr }: Given): boolean {
  return expr.op === 'any' && expr.parts.length === 0 && expr.end - expr.start === 'False'.length
}

/** The values whose origin matters: the command, the code, the path, what is sent. */
function sinkValues(site: CallSite, known: Known): { value: Value; sink: Sink }[] {
  const values = site.args.map((a) => a.value)
  const { effect, sink = 0 } = known
  if (effect === 'network' || effect === 'listen' || sink === 'all') {
    const sent = site.receiver && site.receiver.path === undefined ? [site.receiver] : []
    return [...values, ...sent].map((value) => ({ value, sink: effect }))
  }
  if (effect === 'file-write') {
    const data = values.filter((_v, i) => i !== sink)
    return data.map((value) => ({ value, sink: effect }))
  }
  const value = programValue(site, known)
  if (!value) return []
  return effect === 'process'
    ? processSinks(value, known.shell ?? asksForShell(site))
    : [{ value, sink: effect }]
}

/** The argument that says what is run, opened or loaded; of a process the whole argument vector. */
function programValue(site: CallSite, { effect, sink = 0 }: Known): Value | undefined {
  if (sink === -1) return site.receiver
  const positional = site.args.filter((a) => a.name === undefined)
  const at = sink === 'all' ? 0 : sink
  const keyword = site.args.find((a) => a.name !== undefined && COMMAND_KEYWORDS.has(a.name))
  const value = positional[at]?.value ?? keyword?.value
  // `spawn('sh', ['-c', …])`
  const rest = positional[at + 1]?.value.items
  return effect === 'process' && value && !value.items && rest
    ? { labels: 0, items: [value, ...rest] }
    : value
}

const COMMAND_KEYWORDS = new Set([
  'args',
  'cmd',
  'command',
  'source',
  'code',
  'file',
  'path',
  'name',
  'f',
  'url',
])

/** What is started is one thing, what it is told another: the program of `['git', 'clone', url]` is constant. */
function processSinks(value: Value, shell: boolean): { value: Value; sink: Sink }[] {
  const { items, prefix } = value
  if (items) {
    const [program, ...rest] = items
    const name = String(program?.constant ?? '')
    const interprets = program !== undefined && INTERPRETERS.test(name) && rest[0]?.constant !== undefined
    return [
      ...(program ? [{ value: program, sink: 'process' as const }] : []),
      ...rest.map((v): { value: Value; sink: Sink } => ({
        value: v,
        sink: interprets ? 'process' : 'process-argument',
      })),
    ]
  }
  const named = prefix !== undefined && /^\s*[\w./~-]+\s/.test(prefix) && !INTERPRETERS.test(prefix.trim())
  if (named) return [{ value, sink: 'process-argument' }]
  return [{ value, sink: shell || value.constant === undefined ? 'process' : 'process-argument' }]
}

const INTERPRETERS =
  /(?:^|\/)(?:ba|z|k|da)?sh(?:\.exe)?(?: -l?c\b.*)?$|(?:^|\/)(?:python[\d.]*|node|perl|ruby|powershell|pwsh|cmd)(?:\.exe)?(?: .*)?$/

function commandOf(value: Value | undefined): readonly (string | undefined)[] | undefined {
  if (!value) return undefined
  if (typeof value.constant === 'string') return [value.constant]
  if (value.items) return value.items.map((i) => (i.constant === undefined ? undefined : String(i.constant)))
  return value.prefix === undefined ? undefined : [value.prefix]
}

function kindOf({ value, expr }: Given): string {
  if (value.constant !== undefined) return 'constant'
  const source = SOURCES.find((s) => (value.labels & LABEL[s]) !== 0)
  if (source) return source
  if (value.items) return 'list'
  if (value.entries) return 'map'
  return value.fn || expr.op === 'function' ? 'function' : 'unknown'
}

function constantsOf(site: CallSite, known: Known): { constants: string[]; paths: PathClass[] } {
  const constants: string[] = []
  const add = (value: Value | undefined, depth: number): void => {
    if (!value || constants.length >= CONSTANTS_KEPT) return
    const kept = value.constant ?? value.prefix
    if (typeof kept === 'string' && kept !== '') constants.push(kept.slice(0, CONSTANT_KEPT))
    if (depth > 0) for (const item of value.items?.slice(0, CONSTANTS_KEPT) ?? []) add(item, depth - 1)
    if (depth > 0) for (const item of value.entries?.values() ?? []) add(item, depth - 1)
  }
  if (site.receiver && (known.effect.startsWith('file') || known.effect === 'network')) add(site.receiver, 0)
  if (site.receiver?.handle?.constant) constants.push(site.receiver.handle.constant.slice(0, CONSTANT_KEPT))
  for (const { value } of site.args) add(value, 1)
  const isFile = known.effect.startsWith('file-')
  const classes = isFile ? constants.map(pathClass).filter((c) => c !== 'other') : []
  return { constants, paths: [...new Set(classes)] }
}
