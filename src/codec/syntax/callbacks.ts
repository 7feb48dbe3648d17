import type { CallSite } from './machine.ts'
import { isLiteral } from './summary.ts'
import { handlersRegistered } from './tools.ts'
import type { Value } from './values.ts'

/** Calls that run what they are given. */
const RUNNERS =
  /(?:^|\.)(?:Thread|Timer|Process|submit|run_in_executor|register|call_soon|create_task|run|setTimeout|setInterval|setImmediate|nextTick|queueMicrotask|map|start_new_thread|to_thread|apply_async)$/
const THEN = /^(?:then|catch|finally|forEach|map)$/
/** Calls whose function arguments run when something happens later. */
const LATER =
  /^(?:get|post|put|delete|use|all|command|action|listen|createServer|addEventListener|tool|registerTool|setRequestHandler|describe|it|test|option|handle|subscribe|register\w+)$/

/** A function among the arguments of a call. */
export interface Passed {
  readonly value: Value
  /** It is written in place, so its only caller is at hand: it is entered with the data it will get. */
  readonly entered: boolean
  /** It runs when the call does, or soon after. */
  readonly now: boolean
  /** It is a function from elsewhere, called with these. */
  readonly args?: readonly Value[]
}

export function* passedFunctions(site: CallSite, soon: boolean): Generator<Passed> {
  const isTool = handlersRegistered(site).length > 0 || site.method === 'setRequestHandler'
  const runs = RUNNERS.test(site.name ?? site.method ?? '')
  for (const { value, expr, name } of site.args) {
    const literal = isLiteral(expr)
    if (value.fn) {
      // What comes from a request under way comes without anybody calling; what a server is asked does not.
      const isEvent = /^(?:on|once)$/.test(site.method ?? '') && (site.receiver?.labels ?? 0) === 0
      const isLater = isEvent || LATER.test(site.method ?? site.name ?? '')
      const now = runs || (literal && (soon || !isLater))
      yield { value, entered: literal && !isTool, now }
    } else if (value.path !== undefined && (name === 'target' || runs || THEN.test(site.method ?? ''))) {
      const given = site.args.find((a) => a.name === 'args')?.value.items
      const args = given ?? site.args.filter((a) => a.value !== value).map((a) => a.value)
      if (!value.path.endsWith('()')) yield { value, entered: false, now: false, args }
    }
  }
}
