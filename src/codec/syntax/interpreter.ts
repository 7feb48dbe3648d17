import { assignTo } from './assign.ts'
import { branchOwner, registerTools } from './branches.ts'
import { CallGraph } from './call-graph.ts'
import { passedFunctions } from './callbacks.ts'
import { bindImport, callSite, effectAt, resultOf, siteOf, withHandle } from './calls.ts'
import { DOWNLOADS, Downloads } from './downloads.ts'
import type { Known } from './effects.ts'
import { evaluateExpression, memberOf } from './expressions.ts'
import type { Expr, FunctionDef, Range, Stmt } from './ir.ts'
import type { CallSite, Dialect, Machine } from './machine.ts'
import { type ParameterSink, Recorder } from './recorder.ts'
import type { Behaviour } from './records.ts'
import { Scope } from './scope.ts'
import {
  addSinks,
  argumentsFor,
  elementOf,
  type Frame,
  frameOf,
  isHandler,
  isLiteral,
  originOf,
  outerSinks,
  returned,
  type Summary,
} from './summary.ts'
import type { ToolRecord } from './tool-record.ts'
import { annotationsMade, decoratedHandler } from './tools.ts'
import {
  either,
  isBlob,
  LABEL,
  labelled,
  parameterBit,
  summed,
  taintOf,
  UNKNOWN,
  type Value,
} from './values.ts'

/** Expressions evaluated in one file before the analysis gives up: a file of 4 MiB has about a million. */
const EVALUATIONS = 8_000_000
/** Functions entered within each other: deeper ones are analysed on their own. */
const CALL_DEPTH = 20

class Exhausted extends Error {}

/** What a program does, without running it. Every function is entered once; calls use what was learnt of it. */
export function behaviourOf(program: readonly Stmt[], dialect: Dialect): Behaviour {
  return new Interpreter(dialect).program(program)
}

class Interpreter implements Machine {
  readonly dialect: Dialect
  readonly #recorder = new Recorder()
  readonly #graph = new CallGraph()
  readonly describes = (tool: ToolRecord): void => this.#graph.describes(tool)
  readonly #closures = new Map<FunctionDef, Scope>()
  readonly #summaries = new Map<FunctionDef, Summary>()
  readonly #members = new Map<string, Value>()
  readonly #downloads = new Downloads()
  readonly #pending: FunctionDef[] = []
  #frame: Frame = frameOf({ fn: undefined, guard: false, inClass: false }, undefined)
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
    return this.#recorder.behaviour(this.#graph, exhausted)
  }

  spend(): void {
    if (--this.#left < 0) throw new Exhausted()
  }

  evaluate(expr: Expr, scope: Scope): Value {
    const value = evaluateExpression(this, expr, scope)
    if (value.variable !== undefined && (expr.op === 'index' || expr.op === 'member' || expr.op === 'call')) {
      this.#recorder.variable(expr, value.variable, this.#frame.owner)
    }
    return value
  }

  member(path: string): Value | undefined {
    return this.#members.get(path)
  }

  #body(body: readonly Stmt[], scope: Scope): void {
    // Functions exist before the statements around them run (JavaScript), or at least before anything calls them.
    for (const stmt of body) if (stmt.op === 'function') this.#name(stmt.fn, scope)
    for (const stmt of body) {
      this.#statement(stmt, scope)
      // A callback runs after the statement that passed it: `const socket = connect(() => socket.…)`.
      for (let next = this.#frame.deferred.shift(); next; next = this.#frame.deferred.shift()) {
        const { fn, given } = next
        this.#run(
          fn,
          Array.from(fn.parameters, () => given),
          true,
        )
      }
    }
  }

  #name(fn: FunctionDef, scope: Scope): void {
    if (fn.name) scope.set(fn.name, this.define(fn, scope), false, false)
  }

  define(fn: FunctionDef, scope: Scope): Value {
    if (!scope.fn) this.#graph.defines(fn, fn.name)
    if (!this.#closures.has(fn)) {
      this.#closures.set(fn, scope)
      this.#pending.push(fn)
    }
    return { fn, labels: 0 }
  }

  /** Sinks that parameters of the function being analysed reach. */
  #reaches(sinks: readonly ParameterSink[]): void {
    if (this.#frame.summary) addSinks(this.#frame.summary.sinks, sinks)
  }

  #statement(stmt: Stmt, scope: Scope): void {
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
        if (this.#frame.summary) this.#frame.summary.returns = either(this.#frame.summary.returns, value)
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
    this.assign(stmt.target, summed(before, value, this.#frame.looping > 0), scope)
  }

  assign(target: Expr, value: Value, scope: Scope): void {
    assignTo(this, target, value, scope)
  }

  bind(name: string, value: Value, scope: Scope): void {
    if (value.fn && !scope.fn) this.#graph.defines(value.fn, name)
    scope.set(name, value, this.#frame.uncertain > 0, this.dialect.assignsOuter)
  }

  setMember(path: string, value: Value, at: Range): void {
    if (/^(?:process\.env|os\.environ)\b/.test(path)) this.#writesVariable(path, value, at)
    const before = this.#members.get(path)
    this.#members.set(path, before ? either(value, before) : value)
  }

  setIndex(target: Expr & { op: 'index' }, value: Value, scope: Scope): void {
    const object = this.evaluate(target.object, scope)
    const key = this.evaluate(target.index, scope).constant
    if (object.path === 'os.environ' || object.path === 'process.env') {
      this.#writesVariable(`${object.path}.${key ?? '?'}`, value, target)
    } else if (target.object.op === 'name') {
      const held = scope.get(target.object.name)
      if (held) scope.set(target.object.name, labelled(held, taintOf([value])), true, true)
    }
  }

  #writesVariable(path: string, value: Value, at: Range): void {
    const name: Value = { constant: path.split('.').at(-1) ?? '', labels: 0 }
    const site = siteOf({ path, labels: 0 }, [name, value], at)
    this.#recorder.call(
      site,
      path.replace(/\.[^.]*$/, ''),
      { effect: 'environment-write' },
      this.#frame.owner,
    )
  }

  #import(stmt: Stmt & { op: 'import' }, scope: Scope): void {
    this.#recorder.import(stmt, stmt.module, stmt.name, this.#frame.owner)
    bindImport(stmt, scope, this.dialect, this.#frame.uncertain > 0)
  }

  #function(fn: FunctionDef, scope: Scope): void {
    this.#name(fn, scope)
    for (const decorator of fn.decorators) this.evaluate(decorator, scope)
    this.#graph.handles(decoratedHandler(fn, this, scope))
  }

  #class(stmt: Stmt & { op: 'class' }, scope: Scope): void {
    const bases = stmt.bases.map((b) => this.evaluate(b, scope).path ?? '')
    for (const decorator of stmt.decorators) this.evaluate(decorator, scope)
    const inner = new Scope(scope, scope.fn)
    const before = this.#frame.owner
    this.#frame.owner = { ...before, inClass: true }
    const path = `<${stmt.name}>`
    const methods = stmt.body.filter((s) => s.op === 'function')
    for (const { fn } of methods) this.#members.set(`${path}().${fn.name}`, this.define(fn, inner))
    const made = methods.find(({ fn }) => fn.name === '__init__' || fn.name === 'constructor')?.fn
    scope.set(stmt.name, { path, labels: 0, ...(made ? { fn: made } : {}) }, false, false)
    this.#body(stmt.body, inner)
    this.#frame.owner = before
    if (bases.some((b) => /(?:setuptools|distutils)\.(?:command|cmd)\./.test(b))) {
      for (const { fn } of methods) this.#graph.installs(fn)
    }
  }

  #block(stmt: Stmt & { op: 'block' }, scope: Scope): void {
    const before = this.#frame.owner
    for (const head of stmt.heads) this.evaluate(head, scope)
    this.#frame.uncertain++
    if (stmt.loops) this.#frame.looping++
    // What one turn of a loop assigns the next one sees; two turns at the outermost loops are enough to carry data around.
    const turns = stmt.loops && this.#frame.looping <= 2 ? 2 : 1
    for (let turn = 0; turn < turns; turn++) {
      stmt.bodies.forEach((body, i) => {
        this.#frame.owner = branchOwner(stmt, i, before)
        this.#graph.asks(before.fn, stmt.names?.[i] ?? [])
        this.#body(body, scope)
      })
    }
    if (stmt.loops) this.#frame.looping--
    this.#frame.uncertain--
    this.#frame.owner = before
  }

  call(expr: Expr & { op: 'call' }, scope: Scope): Value {
    const site = callSite(this, expr, scope, memberOf)
    registerTools(this.#graph, expr, site, this.#frame.owner)
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
    const result = callee.path === undefined ? from : { ...from, path: `${callee.path}()` }
    const said = folded ?? annotationsMade(site)
    return said ?? { ...result, ...(site.receiver?.handle ? { handle: site.receiver.handle } : {}) }
  }

  #hiddenText(site: CallSite, value: Value): void {
    if (!isBlob(value)) return
    this.#recorder.blob(site, site.name ?? site.method ?? 'decode', value, false, this.#frame.owner)
  }

  #effect(site: CallSite, known: Known, folded: Value | undefined, scope: Scope): Value {
    const callee = site.name ?? ''
    const fresh = { ...site, args: site.args.map((a) => ({ ...a, value: this.#downloads.written(a.value) })) }
    this.#reaches(this.#recorder.call(fresh, callee, known, this.#frame.owner))
    const [code] = fresh.args
    if (known.effect === 'dynamic-code' && code)
      this.#recorder.blob(site, callee, code.value, true, this.#frame.owner)
    if (known.effect === 'file-write')
      this.#downloads.remember(fresh, taintOf(site.args.map((a) => a.value)).labels, scope)
    if (DOWNLOADS.test(callee))
      this.#downloads.remember({ ...fresh, args: fresh.args.slice(1) }, LABEL.network, scope)
    const result = resultOf(fresh, known, callee)
    this.#callbacks(site, known.gives ? { labels: LABEL[known.gives], ...originOf(result) } : result, true)
    return withHandle(site, known, folded ?? result, this.#downloads)
  }

  #pipe(site: CallSite): void {
    const target = site.args[0]?.value
    const path = target?.handle?.constant
    const labels = site.receiver?.labels ?? 0
    if (path !== undefined && (labels & LABEL.network) !== 0) this.#downloads.add(path)
    if (target?.path?.includes('child_process.') && site.receiver) {
      const callee = target.path.replaceAll('()', '')
      const to = { sink: 'process' as const, callee, constants: [], paths: [] }
      this.#reaches(this.#recorder.flow(site, site.receiver, to, this.#frame.owner))
    }
  }

  /** Functions passed along run sooner or later, with the data at hand. */
  #callbacks(site: CallSite, data: Value, soon = false): void {
    for (const passed of passedFunctions(site, soon)) {
      if (passed.args) this.apply(passed.value, [...passed.args, data], site)
      const { fn } = passed.value
      if (!fn) continue
      if (passed.entered) this.#frame.deferred.push({ fn, given: taintOf([data]) })
      if (passed.now) this.#graph.call(this.#frame.owner, fn)
    }
  }

  apply(callee: Value, values: readonly Value[], at: Range): Value {
    const site = siteOf(callee, values, at)
    if (callee.fn) return this.#enter(callee.fn, site, true)
    const known = effectAt(this, site)
    const folded = this.dialect.fold(site, this)
    if (!known) return folded ?? taintOf(values)
    this.#reaches(this.#recorder.call(site, site.name ?? '', known, this.#frame.owner))
    return folded ?? resultOf(site, known, site.name ?? '')
  }

  /** A call of a function of this file: its data goes where the function is known to send it. */
  #enter(fn: FunctionDef, site: CallSite, literal: boolean): Value {
    this.#graph.call(this.#frame.owner, fn)
    const values = argumentsFor(fn, site)
    const summary = this.#run(fn, values, literal)
    if (!summary) return taintOf(site.args.map((a) => a.value))
    for (const { bits, sink, callee, constants, paths } of summary.sinks) {
      values.forEach((value, i) => {
        if (!value || (bits & parameterBit(summary.first + i)) === 0) return
        const to = { sink, callee, constants, paths }
        this.#reaches(this.#recorder.flow(site, value, to, this.#frame.owner))
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
    const around = this.#frame
    const pendingFrom = this.#pending.length
    this.#frame = frameOf({ fn, guard: false, inClass: false }, summary)
    this.#depth++
    const scope = new Scope(outer, fn)
    this.#parameters(fn, scope, first, literal ? values : [])
    this.#body(fn.body, scope)
    this.#finishPending(pendingFrom)
    this.#depth--
    this.#frame = around
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
