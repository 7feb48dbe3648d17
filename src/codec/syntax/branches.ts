import type { CallGraph } from './call-graph.ts'
import { areToolNames, isToolName } from './dispatch.ts'
import type { Expr, FunctionDef, Stmt } from './ir.ts'
import type { CallSite } from './machine.ts'
import type { Owner } from './records.ts'
import { handlersRegistered, toolConstructed } from './tools.ts'

/** Where the statements of a branch stand: only for some tools, or only where the file is run as a program. */
export function branchOwner(stmt: Stmt & { op: 'block' }, index: number, around: Owner): Owner {
  if (stmt.mainGuard) return index === 0 ? { ...around, guard: true } : around
  const names = stmt.names?.[index] ?? []
  // The outermost question is the one for the tool; inner ones are about other names.
  return names.length === 0 || around.names ? around : { ...around, names }
}

/** Imported from a file of the same program. */
const BESIDE = /^(?:\.{1,2}\/[^()]+|\.[\w.]+)\.\w+$/

/** What a call says of the tools of a server: that it registers some, describes one, or picks one by its name. */
export function registerTools(
  graph: CallGraph,
  expr: Expr & { op: 'call' },
  site: CallSite,
  around: Owner,
): void {
  for (const handler of handlersRegistered(site)) graph.handles(handler)
  if (site.name && BESIDE.test(site.name)) graph.crosses(site.name, around)
  const made = toolConstructed(site)
  if (made) graph.describes(made)
  for (const { owner, fn } of dispatched(expr, site, around)) graph.call(owner, fn)
}

/** A table of functions by names of tools: `handlers[name](…)`. */
function dispatched(
  expr: Expr & { op: 'call' },
  { receiver }: CallSite,
  around: Owner,
): { readonly owner: Owner; readonly fn: FunctionDef }[] {
  const { callee } = expr
  if (callee.op !== 'index' || !receiver?.entries || around.names) return []
  if (!isToolName(indexName(callee.index)) || !areToolNames([...receiver.entries.keys()])) return []
  return [...receiver.entries].flatMap(([name, { fn }]) =>
    fn ? [{ owner: { ...around, names: [name] }, fn }] : [],
  )
}

function indexName(expr: Expr): string {
  if (expr.op === 'name') return expr.name
  if (expr.op === 'any') return expr.parts.map(indexName).find((name) => name !== '') ?? ''
  return expr.op === 'member' ? `.${expr.name}` : ''
}
