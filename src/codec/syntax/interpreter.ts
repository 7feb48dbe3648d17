import { CallGraph } from './call-graph.ts'
import { callSite, effectAt, resultOf } from './calls.ts'
import type { Known } from './effects.ts'
import { elementsOf, evaluateExpression, memberOf } from './expressions.ts'
import type { Expr, FunctionDef, Range, Stmt } from './ir.ts'
import type { CallSite, Dialect, Machine } from './machine.ts'
import { type ParameterSink, Recorder } from './recorder.ts'
import type { Behaviour, Owner } from './records.ts'
import { Scope } from './scope.ts'
import { toolHandler, toolsRegistered } from './tools.ts'
import {
  either,
  LABEL,
  labelled,
  PARAMETERS_TRACKED,
  parameterBit,
  SOURCE_BITS,
  taintOf,
  UNKNOWN,
  type Value,
} from './values.ts'

/** Expressions evaluated in one file before the analysis gives up: a file of 4 MiB has about a million. */
const EVALUATIONS = 8_000_000
/** Functions entered within each other: deeper ones are analysed on their own. */
const CALL_DEPTH = 20
const BLOB_AT_LEAST = 24
/** Ends that the parameters of one function reach, told apart. */
const SINKS_KEPT = 64

interface Summary {
  returns: Value
  readonly sinks: ParameterSink[]
  /** First bit of its parameters. */
  readonly first: number
}

class Exhausted extends Error {}

/** What a program does, without running it. Every function is entered once; calls use what was learnt of it. */
export function behaviourOf(program: readonly Stmt[], dialect: Dialect): Behaviour {
  return new Interpreter(dialect).program(program)
}

class Interpreter implements Machine {
  readonly dialect: Dialect
  readonly #recorder = new Recorder()
  readonly #graph = new CallGraph()
  readonly #closures = new Map<FunctionDef, Scope>()
  readonly #summaries = new Map<FunctionDef, Summary>()
  readonly #members = new Map<string, Value>()
  /** Constant paths of files that were written with data from the network. */
  readonly #downloads = new Set<string>()
  readonly #pending: FunctionDef[] = []
  #current: Summary | undefined
  #owner: Owner = { fn: undefined, guard: false, inClass: false }
  #uncertain = 0
  #looping = 0
  #depth = 0
  #left = EVALUATIONS

  constructor(dialect: Dialect) {
    this.dialect = dialect
  }

  program(program: readonly Stmt[]): Behaviour {
    let exhausted = false
    try {
      this.#body(program, new Scope())
      this.#finishPending(0)
    } catch (error) {
      if (!(error instanceof Exhausted)) throw error
      exhausted = true
    }
    const { imports, calls, flows, decoded, environment } = this.#recorder
    const ordered = <T extends Range>(all: Map<string, T>) =>
      [...all.values()].toSorted((a, b) => a.start - b.start)
    const graph = this.#graph
    return {
      imports: ordered(imports),
      calls: ordered(calls),
      flows: ordered(flows),
      decoded: ordered(decoded),
      environment: ordered(environment),
      contextOf: (owner) => graph.contextOf(owner),
      toolsOf: (owner) => graph.toolsOf(owner),
      tools: graph.tools,
      exhausted,
    }
  }

  spend(): void {
    if (--this.#left < 0) throw new Exhausted()
  }

  evaluate(expr: Expr, scope: Scope): Value {
    const value = evaluateExpression(this, expr, scope)
    if (value.variable !== undefined && (expr.op === 'index' || expr.op === 'member' || expr.op === 'call')) {
      this.#recorder.variable(expr, value.variable, this.#owner)
    }
    return value
  }

  member(path: string): Value | undefined {
    return this.#members.get(path)
  }

  #body(body: readonly Stmt[], scope: Scope): void {
    // Functions exist before the statements around them run (JavaScript), or at least before anything calls them.
    for (const stmt of body) if (stmt.op === 'function') this.#name(stmt.fn, scope)
    for (const stmt of body) this.#statement(stmt, scope)
  }

  #name(fn: FunctionDef, scope: Scope): Value {
    const value = this.define(fn, scope)
    if (fn.name) scope.set(fn.name, value, false, false)
    return value
  }

  define(fn: FunctionDef, scope: Scope): Value {
    if (!this.#closures.has(fn)) {
      this.#closures.set(fn, scope)
      this.#pending.push(fn)
    }
    return { fn, labels: 0 }
  }

  /** Sinks that parameters of the function being analysed reach. */
  #reaches(sinks: readonly ParameterSink[]): void {
    const held = this.#current?.sinks
    if (!held) return
    for (const reached of sinks) {
      // One for each function at the end, whatever the ways to it: there may be very many.
      const same = held.findIndex((s) => s.sink === reached.sink && s.callee === reached.callee)
      const before = held[same]
      if (before) held[same] = { ...before, bits: before.bits | reached.bits }
      else if (held.length < SINKS_KEPT) held.push(reached)
    }
  }

  #statement(stmt: Stmt, scope: Scope): void {
    this.spend()
    switch (stmt.op) {
      case 'expr':
        this.evaluate(stmt.value, scope)
        return
      case 'assign':
        this.#assignment(stmt, scope)
        return
      case 'bind': {
        const source = this.evaluate(stmt.value, scope)
        this.assign(stmt.target, stmt.each ? elementOf(source) : source, scope)
        return
      }
      case 'import':
        this.#import(stmt, scope)
        return
      case 'function':
        this.#function(stmt.fn, scope)
        return
      case 'class':
        this.#class(stmt, scope)
        return
      case 'block':
        this.#block(stmt, scope)
        return
      case 'return': {
        const value = this.evaluate(stmt.value, scope)
        if (this.#current) this.#current.returns = either(this.#current.returns, value)
      }
    }
  }

  #assignment(stmt: Stmt & { op: 'assign' }, scope: Scope): void {
    const value = this.evaluate(stmt.value, scope)
    if (!stmt.adds) {
      this.assign(stmt.target, value, scope)
      return
    }
    const before = this.evaluate(stmt.target, scope)
    const [a, b] = [before.constant, value.constant]
    const summed =
      typeof a === 'string' && typeof b === 'string' && this.#looping === 0
        ? { ...labelled(before, value), constant: a + b, pieced: true }
        : labelled(taintOf([before]), taintOf([value]))
    this.assign(stmt.target, summed, scope)
  }

  assign(target: Expr, value: Value, scope: Scope): void {
    switch (target.op) {
      case 'name':
        scope.set(target.name, value, this.#uncertain > 0, this.dialect.assignsOuter)
        return
      case 'list':
        target.items.forEach((item, i) => {
          this.assign(item, value.items?.[i] ?? taintOf([value]), scope)
        })
        return
      case 'map':
        for (const { key, value: inner } of target.entries) {
          const name = key?.op === 'constant' ? String(key.value) : undefined
          this.assign(inner, name === undefined ? taintOf([value]) : memberOf(this, value, name), scope)
        }
        return
      case 'assign':
        this.assign(target.target, value, scope)
        return
      case 'member': {
        const object = this.evaluate(target.object, scope)
        if (object.path !== undefined) this.#setMember(`${object.path}.${target.name}`, value, target)
        return
      }
      case 'index':
        this.#setIndex(target, value, scope)
        return
      case 'any':
        for (const part of target.parts) this.assign(part, value, scope)
    }
  }

  #setMember(path: string, value: Value, at: Range): void {
    if (/^(?:process\.env|os\.environ)\b/.test(path)) this.#writesVariable(path, value, at)
    const before = this.#members.get(path)
    this.#members.set(path, before ? either(value, before) : value)
  }

  #setIndex(target: Expr & { op: 'index' }, value: Value, scope: Scope): void {
    const object = this.evaluate(target.object, scope)
    const key = this.evaluate(target.index, scope).constant
    if (object.path === 'os.environ' || object.path === 'process.env') {
      this.#writesVariable(`${object.path}.${key ?? '?'}`, value, target)
    } else if (target.object.op === 'name') {
      const held = scope.get(target.object.name)
      if (held) scope.set(target.object.name, labelled(held, taintOf([value])), true, true)
    }
  }

  #writesVariable(path: string, value: Value, { start, end }: Range): void {
    const name: Value = { constant: path.split('.').at(-1) ?? '', labels: 0 }
    const expr: Expr = { op: 'any', parts: [], start, end }
    const args = [name, value].map((v) => ({ value: v, expr }))
    const site = { callee: UNKNOWN, name: path, receiver: undefined, method: undefined, args, start, end }
    this.#recorder.call(site, path.replace(/\.[^.]*$/, ''), { effect: 'environment-write' }, this.#owner)
  }

  #import(stmt: Stmt & { op: 'import' }, scope: Scope): void {
    const { module, name, alias } = stmt
    this.#recorder.import(stmt, module, name, this.#owner)
    if (name === '*') {
      scope.stars.push(module)
      return
    }
    const path =
      name === undefined ? (alias ? module : (module.split('.')[0] ?? module)) : `${module}.${name}`
    const bound = alias ?? name ?? module.split('.')[0] ?? module
    const known = this.dialect.member(path)
    scope.set(bound, known ?? { path, labels: 0 }, this.#uncertain > 0, false)
  }

  #function(fn: FunctionDef, scope: Scope): void {
    this.#name(fn, scope)
    for (const decorator of fn.decorators) this.evaluate(decorator, scope)
    const tool = toolHandler(fn)
    if (tool !== undefined) this.#graph.tool(tool, fn)
  }

  #class(stmt: Stmt & { op: 'class' }, scope: Scope): void {
    const bases = stmt.bases.map((b) => this.evaluate(b, scope).path ?? '')
    for (const decorator of stmt.decorators) this.evaluate(decorator, scope)
    const inner = new Scope(scope, scope.fn)
    const before = this.#owner
    this.#owner = { ...before, inClass: true }
    const path = `<${stmt.name}>`
    const methods = stmt.body.filter((s) => s.op === 'function')
    for (const { fn } of methods) this.#members.set(`${path}().${fn.name}`, this.define(fn, inner))
    const made = methods.find(({ fn }) => fn.name === '__init__' || fn.name === 'constructor')?.fn
    scope.set(stmt.name, { path, labels: 0, ...(made ? { fn: made } : {}) }, false, false)
    this.#body(stmt.body, inner)
    this.#owner = before
    if (bases.some((b) => /(?:setuptools|distutils)\.(?:command|cmd)\./.test(b))) {
      for (const { fn } of methods) this.#graph.installs(fn)
    }
  }

  #block(stmt: Stmt & { op: 'block' }, scope: Scope): void {
    const before = this.#owner
    for (const head of stmt.heads) this.evaluate(head, scope)
    if (stmt.mainGuard) this.#owner = { ...before, guard: true }
    this.#uncertain++
    if (stmt.loops) this.#looping++
    // What one turn of a loop assigns the next one sees; two turns at the outermost loops are enough to carry data around.
    const turns = stmt.loops && this.#looping <= 2 ? 2 : 1
    for (let turn = 0; turn < turns; turn++) {
      stmt.bodies.forEach((body, i) => {
        if (stmt.mainGuard && i > 0) this.#owner = before
        this.#body(body, scope)
      })
    }
    if (stmt.loops) this.#looping--
    this.#uncertain--
    this.#owner = before
  }

  call(expr: Expr & { op: 'call' }, scope: Scope): Value {
    const site = callSite(this, expr, scope, memberOf)
    for (const { name, fn } of toolsRegistered(site)) this.#graph.tool(name, fn)
    const { callee } = site
    if (callee.fn) {
      const value = this.#enter(callee.fn, site, callee.path === undefined && isLiteral(expr.callee))
      return callee.path?.startsWith('<') ? { ...value, path: `${callee.path}()` } : value
    }
    const known = effectAt(this, site)
    const folded = this.dialect.fold(site, this)
    if (folded && ((folded.labels & LABEL.decoded) !== 0 || folded.hidden)) this.#hiddenText(site, folded)
    if (known) return this.#effect(site, known, folded, scope)
    this.#callbacks(site, taintOf([site.receiver ?? UNKNOWN]))
    if (site.method === 'pipe') this.#pipe(site)
    const from = taintOf([...(site.receiver ? [site.receiver] : []), ...site.args.map((a) => a.value)])
    const made = callee.path === undefined ? from : { ...from, path: `${callee.path}()` }
    return folded ?? { ...made, ...(site.receiver?.handle ? { handle: site.receiver.handle } : {}) }
  }

  #hiddenText(site: CallSite, value: Value): void {
    const { constant } = value
    if (
      typeof constant !== 'string' ||
      constant.length < BLOB_AT_LEAST ||
      (value.labels & LABEL.decoded) === 0
    )
      return
    this.#recorder.blob(site, site.name ?? site.method ?? 'decode', value, false, this.#owner)
  }

  #effect(site: CallSite, known: Known, folded: Value | undefined, scope: Scope): Value {
    const callee = site.name ?? ''
    const fresh = { ...site, args: site.args.map((a) => ({ ...a, value: this.#written(a.value) })) }
    this.#reaches(this.#recorder.call(fresh, callee, known, this.#owner))
    if (known.effect === 'dynamic-code') this.#evaluated(fresh)
    if (known.effect === 'file-write')
      this.#remember(fresh, taintOf(site.args.map((a) => a.value)).labels, scope)
    if (DOWNLOADS.test(callee)) this.#remember({ ...fresh, args: fresh.args.slice(1) }, LABEL.network, scope)
    const result = resultOf(fresh, known, callee)
    this.#callbacks(site, known.gives ? { labels: LABEL[known.gives], ...originOf(result) } : result, true)
    const [first] = site.args
    if (known.effect.startsWith('file-') && first && site.receiver?.handle === undefined) {
      const name = first.expr.op === 'name' ? first.expr.name : undefined
      const constant = typeof first.value.constant === 'string' ? first.value.constant : undefined
      const handle = { ...(name ? { name } : {}), ...(constant === undefined ? {} : { constant }) }
      const downloaded = constant !== undefined && this.#downloads.has(constant) ? LABEL.network : 0
      return { ...(folded ?? result), handle, labels: (folded ?? result).labels | downloaded }
    }
    return folded ?? result
  }

  /** A constant path to a file that came from the network is as good as what came. */
  #written(value: Value): Value {
    if (this.#downloads.size === 0) return value
    if (value.items && value.items.length <= 64)
      return { ...value, items: value.items.map((i) => this.#written(i)) }
    const names = typeof value.constant === 'string' ? value.constant.split(/\s+/) : []
    return names.some((n) => this.#downloads.has(n))
      ? { ...value, labels: value.labels | LABEL.network }
      : value
  }

  #evaluated(site: CallSite): void {
    const [code] = site.args
    if (code) this.#recorder.blob(site, site.name ?? '', code.value, true, this.#owner)
  }

  /** Remembers which file now holds data from the network, by its constant path and by the variable that names it. */
  #remember(site: CallSite, labels: number, scope: Scope): void {
    if ((labels & LABEL.network) === 0) return
    const [first] = site.args
    const handle = site.receiver?.handle
    const constant = handle?.constant ?? first?.value.constant ?? site.receiver?.constant
    if (typeof constant === 'string') this.#downloads.add(constant)
    const name = handle?.name ?? (first?.expr.op === 'name' ? first.expr.name : undefined)
    const held = name === undefined ? undefined : scope.get(name)
    if (name !== undefined && held)
      scope.set(name, { ...held, labels: held.labels | LABEL.network }, false, true)
  }

  #pipe(site: CallSite): void {
    const handle = site.args[0]?.value.handle
    const labels = site.receiver?.labels ?? 0
    if (handle?.constant !== undefined && (labels & LABEL.network) !== 0) this.#downloads.add(handle.constant)
    const target = site.args[0]?.value
    if (target?.path?.includes('child_process.') && site.receiver) {
      const to = {
        sink: 'process' as const,
        callee: target.path.replaceAll('()', ''),
        constants: [],
        paths: [],
      }
      this.#reaches(this.#recorder.flow(site, site.receiver, to, this.#owner))
    }
  }

  /** Functions passed along run sooner or later, with the data at hand. */
  #callbacks(site: CallSite, data: Value, soon = false): void {
    const isTool = toolsRegistered(site).length > 0
    const runs = RUNNERS.test(site.name ?? site.method ?? '')
    for (const { value, expr, name } of site.args) {
      if (value.fn) {
        if (isLiteral(expr) && !isTool)
          this.#run(
            value.fn,
            value.fn.parameters.map(() => taintOf([data])),
            true,
          )
        const now = runs || (isLiteral(expr) && (soon || !LATER.test(site.method ?? site.name ?? '')))
        if (now) this.#graph.call(this.#owner, value.fn)
      } else if (value.path !== undefined && (name === 'target' || runs || THEN.test(site.method ?? ''))) {
        const given = site.args.find((a) => a.name === 'args')?.value.items
        const args = given ?? site.args.filter((a) => a.value !== value).map((a) => a.value)
        if (!value.path.endsWith('()')) this.apply(value, [...args, data], site)
      }
    }
  }

  apply(callee: Value, values: readonly Value[], { start, end }: Range): Value {
    const expr: Expr = { op: 'any', parts: [], start, end }
    const args = values.map((value) => ({ value, expr }))
    const name = callee.path?.replaceAll('()', '')
    const site = { callee, name, receiver: undefined, method: undefined, args, start, end }
    if (callee.fn) return this.#enter(callee.fn, site, true)
    const known = effectAt(this, site)
    const folded = this.dialect.fold(site, this)
    if (!known) return folded ?? taintOf(values)
    this.#reaches(this.#recorder.call(site, name ?? '', known, this.#owner))
    return folded ?? resultOf(site, known, name ?? '')
  }

  /** A call of a function of this file: its data goes where the function is known to send it. */
  #enter(fn: FunctionDef, site: CallSite, literal: boolean): Value {
    this.#graph.call(this.#owner, fn)
    const values = argumentsFor(fn, site)
    const summary = this.#run(fn, values, literal)
    if (!summary) return taintOf(site.args.map((a) => a.value))
    for (const { bits, sink, callee, constants, paths } of summary.sinks) {
      values.forEach((value, i) => {
        if (!value || (bits & parameterBit(summary.first + i)) === 0) return
        const to = { sink, callee, constants, paths }
        this.#reaches(this.#recorder.flow(site, value, to, this.#owner))
      })
    }
    return returned(summary, values)
  }

  /** What is known of a function, entering it if nothing is; nothing where it is being entered already. */
  #run(fn: FunctionDef, values: readonly (Value | undefined)[], literal: boolean): Summary | undefined {
    const known = this.#summaries.get(fn)
    if (known) return known
    if (this.#depth >= CALL_DEPTH) return undefined
    const outer = this.#closures.get(fn) ?? new Scope()
    const first = outer.fn ? (this.#summaries.get(outer.fn)?.first ?? 0) + outer.fn.parameters.length : 0
    const summary: Summary = { returns: UNKNOWN, sinks: [], first }
    this.#summaries.set(fn, summary)
    const saved = [this.#current, this.#owner, this.#uncertain, this.#looping] as const
    const pendingFrom = this.#pending.length
    this.#current = summary
    this.#owner = { fn, guard: false, inClass: false }
    this.#uncertain = 0
    this.#looping = 0
    this.#depth++
    const scope = new Scope(outer, fn)
    this.#parameters(fn, scope, first, literal ? values : [])
    this.#body(fn.body, scope)
    this.#finishPending(pendingFrom)
    this.#depth--
    ;[this.#current, this.#owner, this.#uncertain, this.#looping] = saved
    this.#reaches(outerSinks(summary, fn))
    return summary
  }

  #parameters(fn: FunctionDef, scope: Scope, first: number, values: readonly (Value | undefined)[]): void {
    const isTool = this.#graph.isTool(fn) || isHandler(fn)
    if (fn.owner) scope.set('this', { path: `<${fn.owner.name}>()`, labels: 0 }, false, false)
    fn.parameters.forEach((parameter, i) => {
      const given = parameter.default ? this.evaluate(parameter.default, scope) : UNKNOWN
      if (i === 0 && fn.owner && /^(?:self|cls)$/.test(parameter.name)) {
        scope.set(parameter.name, { path: `<${fn.owner.name}>()`, labels: 0 }, false, false)
        return
      }
      const labels = parameterBit(first + i) | (isTool ? LABEL.argument : 0)
      const value = labelled(
        { ...given, labels: given.labels | labels },
        taintOf(values[i] ? [values[i]] : []),
      )
      // Where several values may come in, a default's is only one of them; its name is kept, its text is not.
      const { constant: _constant, ...open } = value
      for (const name of parameter.name.split(',')) scope.set(name, open, false, false)
    })
  }

  #finishPending(from: number): void {
    while (this.#pending.length > from) {
      const fn = this.#pending.splice(from, 1)[0]
      if (fn && !this.#summaries.has(fn)) this.#run(fn, [], false)
    }
  }
}

const DOWNLOADS = /^(?:urllib\.(?:request\.)?urlretrieve|wget\.download|gdown\.download)$/
const RUNNERS =
  /(?:^|\.)(?:Thread|Timer|Process|submit|run_in_executor|register|call_soon|create_task|run|setTimeout|setInterval|setImmediate|nextTick|queueMicrotask|map|start_new_thread|to_thread|apply_async)$/
const THEN = /^(?:then|catch|finally|forEach|map)$/
/** Calls whose function arguments run when something happens later. */
const LATER =
  /^(?:on|once|get|post|put|delete|use|all|command|action|listen|createServer|addEventListener|tool|registerTool|setRequestHandler|describe|it|test|option|handle|subscribe|register\w+)$/

function isLiteral(expr: Expr): boolean {
  return expr.op === 'function'
}

function originOf({ origin }: Value): Pick<Value, 'origin'> | undefined {
  return origin ? { origin } : undefined
}

/** TorchServe and inference endpoints call these with what a client sent. */
function isHandler(fn: FunctionDef): boolean {
  const { name, owner, parameters } = fn
  if (owner && /Handler$/.test(owner.name))
    return ['handle', 'preprocess', '__call__', 'inference'].includes(name)
  return name === 'handle' && parameters[0]?.name === 'data' && parameters[1]?.name === 'context'
}

function elementOf(source: Value): Value {
  const elements = elementsOf(source)
  if (!elements || elements.length === 0) return taintOf([source])
  return elements.slice(0, 8).reduce(either)
}

/** Values by parameter: positions first, then keywords; a method's object is not among the arguments. */
function argumentsFor(fn: FunctionDef, site: CallSite): (Value | undefined)[] {
  const skip = fn.owner && /^(?:self|cls)$/.test(fn.parameters[0]?.name ?? '') ? 1 : 0
  const positional = site.args.filter((a) => a.name === undefined)
  return fn.parameters.map((parameter, i) => {
    const named = site.args.find((a) => a.name === parameter.name)
    if (named) return named.value
    if (parameter.rest) return taintOf(positional.slice(i - skip).map((a) => a.value))
    return i < skip ? undefined : positional[i - skip]?.value
  })
}

function returned(summary: Summary, values: readonly (Value | undefined)[]): Value {
  let out: Value = { ...summary.returns, labels: summary.returns.labels & SOURCE_BITS }
  values.forEach((value, i) => {
    if (value && (summary.returns.labels & parameterBit(summary.first + i)) !== 0)
      out = labelled(out, taintOf([value]))
  })
  return out
}

/** Sinks that parameters of the functions around reach from in here. */
function outerSinks(summary: Summary, fn: FunctionDef): ParameterSink[] {
  let own = 0
  fn.parameters.forEach((_p, i) => {
    if (summary.first + i < PARAMETERS_TRACKED) own |= parameterBit(summary.first + i)
  })
  return summary.sinks.flatMap((s) => ((s.bits & ~own) === 0 ? [] : [{ ...s, bits: s.bits & ~own }]))
}
