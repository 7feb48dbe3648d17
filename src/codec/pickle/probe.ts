import { Census } from './census.ts'
import { Descriptors } from './descriptors.ts'
import { uint32 } from './integers.ts'
import { type Literal, literalAt } from './literals.ts'
import { Machine } from './machine.ts'
import { LINE, LINES, OPERAND, PAYLOAD, WIDTH } from './opcodes.ts'
import { SEMANTICS } from './semantics.ts'

/** Names that an import statement could contain: what random bytes and prose between two newlines rarely are. */
const MODULE = /^[A-Za-z_][\w.]{0,200}$/
const NAME = /^[A-Za-z_<][\w.<>]{0,200}$/

export interface Probe {
  /** Does it reach STOP, or run on to the end of a head that is not the whole? */
  readonly ends: 'stop' | 'cut' | 'broken'
  /** Offset behind STOP, or where it broke. */
  readonly end: number
  /** Does it import something by a plausible name, and does it call, build or instantiate before it breaks? */
  readonly imports: boolean
  readonly calls: boolean
  /** The same by any name. */
  readonly live: boolean
  /** Instructions executed that were not plain data (see `Machine`), in order to tell `N.` from a pickle. */
  readonly declares: boolean
}

/** Runs the machine on the head of something, to see whether it is a pickle. Pure and quick: memory only. */
export function probePickle(head: Uint8Array, size: number = head.length): Probe {
  const descriptors = new Descriptors()
  const census = new Census(descriptors)
  const machine = new Machine(descriptors, census, SEMANTICS, head.length)
  machine.size = head.length
  machine.slide(head, 0)
  machine.begin(0)
  let status = machine.advance()
  while (status === 'value' || status === 'line' || status === 'outside') {
    if (status === 'value') {
      const other: Literal = { kind: 'other' }
      machine.fetched.set(machine.wanted, literalAt(head, machine.wanted) ?? other)
    }
    if (status === 'line') break
    if (status === 'outside') break
    status = machine.advance()
  }
  let imports = false
  let live = false
  let calls = false
  for (const use of census.uses()) {
    live = true
    const global = descriptors.globalOf(use.callee)
    if (global && (!MODULE.test(global.module) || !NAME.test(global.name))) continue
    if (global) imports = true
    if (global && use.role !== 'reference') calls = true
  }
  const truncated = status === 'line' || (status === 'failed' && machine.failure?.kind === 'truncated')
  const cut = truncated && size > head.length
  const ends = status === 'stop' ? 'stop' : cut ? 'cut' : 'broken'
  return {
    ends,
    end: machine.offset,
    imports,
    calls,
    live,
    declares: head[0] === 0x80 && (head[1] ?? 6) <= 5,
  }
}

/**
 * How sure it is that bytes are a pickle. With PROTO in front: if they run to STOP, to the end of the head, or to an
 * import. Without: if they run to STOP after an import, or make a call, or are nothing but one pickle of plain data.
 * Random tensor bytes and prose get `no`; a long first line gets `trial`.
 */
export function recognisePickle(
  head: Uint8Array,
  size: number = head.length,
): 'strong' | 'weak' | 'trial' | 'no' {
  // A zip begins like PERSID, whose line a loader without persistent ids refuses.
  if (head.length < 2 || (head[0] === 0x50 && head[1] === 0x4b)) return 'no'
  const probe = probePickle(head, size)
  if (probe.declares) return probe.ends !== 'broken' || probe.imports ? 'strong' : 'weak'
  if (probe.calls) return 'strong'
  if (probe.ends === 'stop') {
    if (probe.imports) return 'strong'
    return probe.end === size && size > 2 ? 'strong' : 'weak'
  }
  if (probe.ends === 'cut' && goesOn(head)) return 'strong'
  if (probe.live) return 'weak'
  return probe.ends === 'cut' ? 'trial' : 'no'
}

/** Instructions that prose does not happen to consist of. */
const MANY = 64

/**
 * Does a head that the machine read to its end look like instructions? Many of them, of several kinds: prose breaks after
 * a few.
 */
function goesOn(head: Uint8Array): boolean {
  const kinds = new Set<number>()
  let count = 0
  for (let at = 0; at < head.length && count < MANY; count++) {
    const opcode = head[at]!
    const operand = OPERAND[opcode]!
    kinds.add(opcode)
    let next = at + 1 + (operand & WIDTH)
    if (operand & PAYLOAD) next += (operand & WIDTH) === 1 ? head[at + 1]! : uint32(head, at + 1)
    for (let lines = operand & LINES ? 2 : operand & LINE ? 1 : 0; lines > 0; lines--) {
      const newline = head.indexOf(0x0a, next)
      if (newline < 0) return false
      next = newline + 1
    }
    at = next
  }
  return count >= MANY && kinds.size > 1
}
