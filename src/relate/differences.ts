import { isSecretName } from '../codec/syntax/places.ts'
import { type Capability, capabilityText, covers } from '../model/capability.ts'
import type { JsonObject } from '../model/fact.ts'
import { byCodePoint } from '../model/order.ts'
import type { Permitted } from './declared.ts'
import type { Inferred } from './inferred.ts'

/** One thing that code of a plugin was seen to do, and where. */
export interface Seen extends Inferred {
  readonly witness: string
}

export interface Difference {
  readonly kind: 'capability.undeclared' | 'capability.over-grant' | 'capability.annotation-lie'
  readonly data: JsonObject
  readonly witness: string | undefined
}

/** Everything that is known of one plugin, of which the differences are taken. */
export interface Table {
  readonly plugin: string
  readonly kind: string
  readonly seen: readonly Seen[]
  readonly permitted: readonly Permitted[]
  /** Annotations by tool, as stated. */
  readonly hints: ReadonlyMap<string, ReadonlySet<string>>
  /** All its code is here and was read to its end: what was not seen is not there. */
  readonly complete: boolean
}

export function differences(table: Table): Difference[] {
  // The code of a server lies in a folder that is told of, too: what it says falsely is told there.
  return [...undeclared(table), ...overGrants(table), ...(table.kind === 'server' ? [] : lies(table))]
}

/** What a manifest restricts: a list of variables, a list of allowed tools. What it says nothing of, it does not restrict. */
function undeclared({ plugin, kind, seen, permitted }: Table): Difference[] {
  const declared = permitted.filter((p) => p.column === 'declared' || kind === 'server')
  const restricted = new Set(declared.map(({ name }) => name))
  const out: Difference[] = []
  for (const { name, scope, tools, when, witness } of seen) {
    if (when === 'test' || !restricted.has(name)) continue
    const isVariable = name === 'env' && isSecretName(scope)
    // Scripts of a skill run as one command; what that starts is the script's own affair.
    if (!isVariable) continue
    if (declared.some((d) => covers(d, { name, scope }))) continue
    const data = { plugin, tool: tools[0] ?? '', capability: name, scope, secret: true }
    out.push({ kind: 'capability.undeclared', data, witness })
  }
  return out
}

/** Grants that the code, all of which is known, was not seen to need. */
function overGrants({ plugin, kind, seen, permitted, complete }: Table): Difference[] {
  const out: Difference[] = []
  const used = seen.filter(({ when }) => when !== 'test')
  for (const grant of permitted) {
    const { name, scope, column } = grant
    if (column !== 'granted' && kind !== 'skill') continue
    const needed = used.filter((u) => u.name === name)
    const say = (suggestion: string, breadth: string) => {
      const data = { plugin, tool: '', capability: name, scope, suggestion, breadth }
      out.push({ kind: 'capability.over-grant', data, witness: grant.by })
    }
    if (
      name === 'exec' &&
      scope === '*' &&
      used.some((u) => u.name === 'exec') &&
      needed.every((n) => n.known)
    )
      say(programs(needed), 'all')
    if (!complete || used.length === 0) continue
    if (name === 'env' && isSecretName(scope) && !needed.some((n) => covers(n, grant) || n.scope === '*'))
      say(`leave ${scope} out`, 'broad')
    if (name.startsWith('fs.') && (scope === '*' || scope === 'home')) {
      const wide = needed.some((n) => n.scope === '*' || n.scope === 'home' || n.scope === 'system')
      if (!wide) say(needed.length === 0 ? `no ${name}` : widest(needed), scope === '*' ? 'all' : 'broad')
    }
  }
  return out
}

function programs(needed: readonly Capability[]): string {
  const names = [...new Set(needed.map(({ scope }) => scope))].toSorted(byCodePoint)
  return names.map((name) => `Bash(${name}:*)`).join(' ')
}

function widest(needed: readonly Capability[]): string {
  return [...new Set(needed.map(capabilityText))].toSorted(byCodePoint).join(' ')
}

/** Programs that only look, whatever they are told. */
const LOOKING =
  /^(?:ls|cat|head|tail|wc|grep|rg|find|fd|which|whoami|id|uname|hostname|date|pwd|stat|file|du|df|ps|env|printenv|echo|test|true|git|jq|sort|uniq|diff|python3?|node|java|ffprobe|tree|lsof|sw_vers|system_profiler|xcrun|adb|kubectl|docker|gh|aws|gcloud|az|terraform|npm|pip3?|cargo|go|tsc|eslint|cmd|powershell|pwsh|sh|bash|zsh|osascript|open)$/
const LOOPBACK = /^[a-z]+:\/\/(?:localhost|127(?:\.\d+){3}|\[::1\])(?::\d+)?$/

/** Annotations that the code of the very tool contradicts. A tool that states nothing lies about nothing. */
function lies({ plugin, seen, hints }: Table): Difference[] {
  const out: Difference[] = []
  for (const { name, scope, tools, when, known, chosen, witness } of seen) {
    if (when === 'test') continue
    for (const tool of tools) {
      const stated = hints.get(tool)
      if (!stated) continue
      const say = (hint: string, certain: boolean) => {
        const data = { plugin, tool, hint, capability: name, scope, certain }
        out.push({ kind: 'capability.annotation-lie', data, witness })
      }
      if (stated.has('readOnlyHint=true') && changes(name, scope, chosen))
        say('readOnlyHint', chosen || (name !== 'fs.write' && name !== 'fs.delete'))
      else if (stated.has('destructiveHint=false') && destroys(name, scope)) say('destructiveHint', chosen)
      if (stated.has('openWorldHint=false') && name === 'net' && !LOOPBACK.test(scope))
        say('openWorldHint', known || chosen)
    }
  }
  return out
}

function changes(name: Capability['name'], scope: string, chosen: boolean): boolean {
  if (name === 'fs.write' || name === 'fs.delete') return scope !== 'temporary'
  if (name === 'exec') return scope === '*' ? chosen : !LOOKING.test(scope)
  if (name === 'dynamicCode') return chosen
  return name === 'persist' || name === 'agentConfig.write' || name === 'install'
}

function destroys(name: Capability['name'], scope: string): boolean {
  return (
    (name === 'fs.delete' && scope !== 'temporary') ||
    (name === 'exec' && /^(?:rm|shred|mkfs|dd)$/.test(scope))
  )
}
