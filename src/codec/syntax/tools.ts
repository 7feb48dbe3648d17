import type { Expr, FunctionDef, Range } from './ir.ts'
import type { CallSite, Machine } from './machine.ts'
import type { Scope } from './scope.ts'
import { type Handler, HINTS, type Hint, type ToolRecord, type ToolRole } from './tool-record.ts'
import { UNKNOWN, type Value } from './values.ts'

const DESCRIPTION_KEPT = 20_000

const DECORATORS: Readonly<Record<string, ToolRole>> = {
  tool: 'tool',
  function_tool: 'tool',
  kernel_function: 'tool',
  resource: 'resource',
  prompt: 'prompt',
}
/** Handlers of the low-level protocol, which serve everything of their kind. */
const SHARED: Readonly<Record<string, ToolRole>> = {
  call_tool: 'tool',
  read_resource: 'resource',
  get_prompt: 'prompt',
}

/** What a decorated function is the handler of. */
export function decoratedHandler(fn: FunctionDef, machine: Machine, scope: Scope): Handler | undefined {
  for (const decorator of fn.decorators) {
    const called = decorator.op === 'call' ? decorator.callee : decorator
    const last = lastName(called)
    const shared = own(SHARED, last)
    if (shared) return { fn, tool: shared === 'tool' ? undefined : record(`${shared}s/*`, shared, fn) }
    const role = own(DECORATORS, last)
    if (!role) continue
    const given = decorator.op === 'call' ? decorator.args : []
    const value = (name: string): Value => {
      const found = given.find((a) => a.name === name)
      return found ? machine.evaluate(found.value, scope) : UNKNOWN
    }
    const [first] = given.filter((a) => a.name === undefined)
    const named = value('name').constant ?? (first?.value.op === 'constant' ? first.value.value : undefined)
    const description = textOf(value('description')) || docstring(fn)
    const { start, end } = decorator
    const name = named === undefined ? fn.name : String(named)
    return { fn, tool: { name, role, description, hints: hintsOf(value('annotations')), start, end } }
  }
  return undefined
}

function own<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined
}

function record(name: string, role: ToolRole, { start, end }: Range): ToolRecord {
  return { name, role, description: '', hints: {}, start, end }
}

function lastName(expr: Expr): string {
  if (expr.op === 'member') return expr.name
  return expr.op === 'name' ? expr.name : ''
}

function docstring({ body }: FunctionDef): string {
  const [first] = body
  return first?.op === 'expr' && first.value.op === 'constant' ? String(first.value.value) : ''
}

const REGISTRATIONS: Readonly<Record<string, ToolRole>> = {
  tool: 'tool',
  registerTool: 'tool',
  addTool: 'tool',
  add_tool: 'tool',
  defineTool: 'tool',
  registerResource: 'resource',
  resource: 'resource',
  registerPrompt: 'prompt',
  prompt: 'prompt',
}
/** Functions and classes of frameworks that make a tool of a function. */
const MAKERS =
  /(?:^|[./])(?:StructuredTool\.from_function|(?:Structured)?Tool|FunctionTool(?:\.from_defaults)?|Dynamic(?:Structured)?Tool|tool)$/
const FRAMEWORK =
  /^(?:@?langchain|llama_?index|smolagents|autogen|crewai|ai\b|@ai-sdk|@openai\/agents|agents\b|genkit)/
const BODIES = ['execute', 'handler', 'run', 'call', 'func', 'fn', 'callback', 'coroutine', 'function']

/** Handlers that a call registers: `server.tool('name', …, handler)`, `addTool({ name, execute })`, `tool(fn, { name })`. */
export function handlersRegistered(site: CallSite): readonly Handler[] {
  const { method } = site
  const role =
    (method === undefined ? undefined : own(REGISTRATIONS, method)) ?? (isMaker(site) ? 'tool' : undefined)
  if (method === 'setRequestHandler' || method === 'set_request_handler') return requestHandlers(site)
  if (role === undefined) return []
  const functions = site.args.flatMap(({ value, name }) => [
    ...(value.fn && (name === undefined || BODIES.includes(name)) ? [value.fn] : []),
    ...BODIES.flatMap((key) => value.entries?.get(key)?.fn ?? []),
  ])
  const said = (key: string) =>
    site.args.find((a) => a.name === key)?.value ??
    site.args.map(({ value }) => value.entries?.get(key)).find((v) => v !== undefined)
  const [first, second] = site.args.filter((a) => a.name === undefined).map((a) => a.value.constant)
  return functions.map((fn) => {
    const name = typeof first === 'string' ? first : textOf(said('name')) || fn.name || '*'
    const description = (typeof second === 'string' ? second : textOf(said('description'))) || docstring(fn)
    const hints = { ...hintsInArguments(site), ...hintsOf(said('annotations')) }
    return { fn, tool: { name, role, description, hints, start: site.start, end: site.end } }
  })
}

function isMaker({ name = '' }: CallSite): boolean {
  return MAKERS.test(name) && FRAMEWORK.test(name)
}

/** `server.tool(name, description, schema, annotations, handler)` has them as an argument of their own. */
function hintsInArguments(site: CallSite): ToolRecord['hints'] {
  return Object.assign({}, ...site.args.map(({ value }) => hintsOf(value)))
}

/** The low-level protocol: one handler for each method, named by its schema or by the method itself. */
function requestHandlers(site: CallSite): readonly Handler[] {
  const [first] = site.args
  // The schema by the name it is imported or only known by, or the method itself.
  const asked = first ? `${first.value.path ?? first.value.constant ?? ''} ${lastName(first.expr)}` : ''
  const functions = site.args.flatMap(({ value }) => (value.fn ? [value.fn] : []))
  if (/CallTool|tools\/call/.test(asked)) return functions.map((fn) => ({ fn, tool: undefined }))
  const role = /ReadResource|resources\/read/.test(asked)
    ? 'resource'
    : /GetPrompt|prompts\/get/.test(asked)
      ? 'prompt'
      : undefined
  return role ? functions.map((fn) => ({ fn, tool: record(`${role}s/*`, role, site) })) : []
}

/** A tool that a literal describes: what `tools/list` answers, or what a model provider is told. */
export function toolDescribed(entries: ReadonlyMap<string, Value>, at: Range): ToolRecord | undefined {
  const name = entries.get('name')?.constant
  if (typeof name !== 'string' || name === '' || name.length > 128) return undefined
  const parameters = entries.get('parameters')?.entries?.get('type')?.constant === 'object'
  const schema = entries.has('inputSchema') || entries.has('input_schema')
  if (!schema && !(parameters && entries.has('description'))) return undefined
  const description = textOf(entries.get('description'))
  const { start, end } = at
  return { name, role: 'tool', description, hints: hintsOf(entries.get('annotations')), start, end }
}

/** The same for a constructor with keywords: `types.Tool(name=…, inputSchema=…)`. */
export function toolConstructed(site: CallSite): ToolRecord | undefined {
  const named = site.args.filter((a) => a.name !== undefined)
  if (!named.some((a) => a.name === 'inputSchema' || a.name === 'input_schema')) return undefined
  return toolDescribed(new Map(named.map((a) => [a.name ?? '', a.value])), site)
}

/** `ToolAnnotations(readOnlyHint=True)`: what was said, by name. */
export function annotationsMade({ args }: CallSite): Value | undefined {
  const said = args.flatMap(({ name = '', value }): [string, Value][] =>
    HINTS.some((hint) => hint === name) ? [[name, value]] : [],
  )
  return said.length > 0 ? { labels: 0, entries: new Map(said) } : undefined
}

function textOf(value: Value | undefined): string {
  const { constant } = value ?? UNKNOWN
  return typeof constant === 'string' ? constant.slice(0, DESCRIPTION_KEPT) : ''
}

function hintsOf(value: Value | undefined): ToolRecord['hints'] {
  const hints: Partial<Record<Hint, boolean>> = {}
  for (const hint of HINTS) {
    const { path, flag } = value?.entries?.get(hint) ?? UNKNOWN
    const said = flag ?? (path === 'true' ? true : path === 'false' ? false : undefined)
    if (said !== undefined) hints[hint] = said
  }
  return hints
}
