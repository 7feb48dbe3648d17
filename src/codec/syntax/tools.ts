import type { Expr, FunctionDef } from './ir.ts'
import type { CallSite } from './machine.ts'

const DECORATORS = new Set([
  'tool',
  'resource',
  'prompt',
  'call_tool',
  'read_resource',
  'get_prompt',
  'function_tool',
  'kernel_function',
])

/** The name of the tool that a decorated function is the handler of. */
export function toolHandler(fn: FunctionDef): string | undefined {
  for (const decorator of fn.decorators) {
    const called = decorator.op === 'call' ? decorator.callee : decorator
    if (!DECORATORS.has(lastName(called))) continue
    const given = decorator.op === 'call' ? decorator.args : []
    const named = given.find((a) => a.name === 'name') ?? given.find((a) => a.name === undefined)
    const name = named?.value.op === 'constant' ? String(named.value.value) : fn.name
    return name
  }
  return undefined
}

function lastName(expr: Expr): string {
  if (expr.op === 'member') return expr.name
  return expr.op === 'name' ? expr.name : ''
}

const REGISTRATIONS = new Set([
  'tool',
  'registerTool',
  'addTool',
  'registerResource',
  'registerPrompt',
  'setRequestHandler',
  'add_tool',
])

/** Handlers that a call registers as tools: `server.tool('name', …, handler)`, `addTool({ name, execute })`. */
export function toolsRegistered(site: CallSite): { readonly name: string; readonly fn: FunctionDef }[] {
  if (site.method === undefined || !REGISTRATIONS.has(site.method)) return []
  const [first] = site.args
  const named = first?.value.constant ?? first?.value.entries?.get('name')?.constant
  const functions = site.args.flatMap(({ value }) => [
    ...(value.fn ? [value.fn] : []),
    ...['execute', 'handler', 'run', 'call'].flatMap((key) => value.entries?.get(key)?.fn ?? []),
  ])
  return functions.map((fn) => ({
    name: typeof named === 'string' ? named : fn.name || site.method || '',
    fn,
  }))
}
