import * as K from './kinds.ts'
import type { Machine } from './machine.ts'

/** References beyond one to each container, followed from the outside in, above which walking through a value is hopeless. */
export const EXPANSION: number = 1_000_000_000

/** Containers remembered that hold further references; an honest file has few, and older ones are forgotten. */
const HOLDERS = 65_536
/** Places of the stack remembered. */
const PLACES = 1_000_000

export function isContainer(descriptor: number): boolean {
  return descriptor >= K.TUPLE_VALUE && descriptor <= K.FROZENSET_VALUE
}

/** A container came onto the stack again, from the memo or by DUP: whatever is filled with it refers to it once more. */
export function sharedAgain(machine: Machine) {
  const { traces, stack } = machine
  traces.shares = true
  if (traces.sharedAt.length < PLACES) traces.sharedAt.push(stack.size - 1)
}

/**
 * The values from `from` to the top go into the container made at `owner`. Counts the references that following it takes
 * beyond a tree's: those of its own, and those of each container in it as often as it occurs. That doubles or worse with
 * each level of a pickle that holds little and prints, compares or hashes for ever. Containers count with what they held
 * when they were put in, so that nothing need be kept but numbers.
 */
export function weigh(machine: Machine, from: number, owner: number, start: number) {
  const { traces, stack } = machine
  const { sharedAt, expansions } = traces
  let further = 0
  while (sharedAt.length > 0 && sharedAt.at(-1)! >= from) if (sharedAt.pop()! < stack.size) further++
  if (expansions.size > 0) {
    for (let at = from; at < stack.size; at++) {
      if (isContainer(stack.descriptors[at]!)) further += expansions.get(stack.offsets[at]!) ?? 0
    }
  }
  if (further === 0) return
  const before = expansions.get(owner) ?? 0
  expansions.set(owner, before + further)
  if (expansions.size > HOLDERS) expansions.delete(expansions.keys().next().value!)
  if (before <= EXPANSION && before + further > EXPANSION) {
    machine.census.note('expansion', '', machine.base + start)
  }
}
