import { WRAPPERS } from './joblib.ts'
import * as K from './kinds.ts'
import type { Machine } from './machine.ts'
import * as Op from './opcodes.ts'

/** Dicts whose hook keys are remembered at a time; above it every state counts as unknown. */
const HOOKED_DICTS = 65_536

/** Dicts remembered, and items of each: a wrapper's state has six and is used as soon as it is filled. */
const DICTS_KEPT = 16
const ITEMS_KEPT = 16

/** Values that nothing can call: an attribute `append` set to one of them is data. */
function harmless(value: number): boolean {
  return value < K.PERSISTENT_VALUE || (value >= K.FIRST_HOOK && value < K.FIRST_INTERNED)
}

/** Remembers which hooks a dict got, by the offset of the opcode that made it: copies in the memo are the same dict. */
export function setItems(machine: Machine, from: number, owner: number) {
  const { stack } = machine
  const { hooked } = machine.traces
  if (machine.traces.wrappers) rememberItems(machine, from, owner)
  for (let at = from; at + 1 < stack.size; at += 2) {
    const key = stack.descriptors[at]!
    if (key < K.FIRST_HOOK || key >= K.FIRST_INTERNED) continue
    const value = stack.descriptors[at + 1]!
    if (harmless(value) && !K.hookName(key).startsWith('__')) continue
    if (hooked.size >= HOOKED_DICTS && !hooked.has(owner)) {
      machine.traces.hooksLost = true
      continue
    }
    const entries = hooked.get(owner)
    if (!entries) hooked.set(owner, [[key, value]])
    else if (!entries.some(([k, v]) => k === key && v === value)) entries.push([key, value])
  }
}

/** The items of small dicts, of which the state of an array wrapper will be one. */
function rememberItems(machine: Machine, from: number, owner: number) {
  const { stack } = machine
  const { items } = machine.traces
  if (stack.size - from > 2 * ITEMS_KEPT) return
  let entries = items.get(owner)
  if (!entries) {
    entries = []
    items.set(owner, entries)
    if (items.size > DICTS_KEPT) items.delete(items.keys().next().value!)
  }
  for (let at = from; at + 1 < stack.size && entries.length < ITEMS_KEPT; at += 2) {
    entries.push([stack.offsets[at]!, stack.descriptors[at + 1]!, stack.offsets[at + 1]!])
  }
}

/** BUILD: gives the state on top to the object below, by its `__setstate__` or attribute by attribute. */
export function build(machine: Machine, start: number) {
  const { stack, census, descriptors } = machine
  if (stack.size - 2 < stack.fence || stack.size < 2) return machine.underflow()
  const offset = machine.base + start
  const at = stack.size - 1
  const state = stack.descriptors[at]!
  const target = stack.descriptors[at - 1]!
  const elements = { count: 1, descriptors: [state], offsets: [stack.offsets[at]!] }
  const maker = descriptors.makerOf(target)
  if (maker !== undefined) census.use('build', Op.BUILD, maker, elements, offset)
  else if (target >= K.PERSISTENT_VALUE && (target < K.FIRST_HOOK || target >= K.FIRST_INTERNED)) {
    census.use('patch', Op.BUILD, target, elements, offset)
  } else if (state !== K.NONE_VALUE) census.note('build-on-data', K.plainKind(target), offset)
  attributes(machine, target, state, stack.offsets[at]!, offset)
  stack.size = at
  if (maker === undefined) return
  const name = descriptors.callableName(maker)
  const dtype = name === 'numpy.dtype' ? machine.traces.dtypes.get(stack.offsets[at - 1]!) : undefined
  const parts = state === K.TUPLE_VALUE ? machine.tuples.find(elements.offsets[0]!) : undefined
  if (dtype && parts) dtype.state = parts
  if (machine.steps && WRAPPERS.has(name) && !machine.stepped.has(offset)) {
    machine.status = 'outside'
    machine.wanted = elements.offsets[0]!
  }
}

function attributes(machine: Machine, target: number, state: number, made: number, offset: number) {
  if (!machine.traces.hooksSeen) return
  const unknown = () => machine.census.attribute(target, '<unknown>', K.UNKNOWN_VALUE, offset)
  if (machine.traces.hooksLost) return unknown()
  const dicts = [made]
  if (state === K.TUPLE_VALUE) {
    const parts = machine.tuples.find(made)
    if (!parts) return unknown()
    if (parts.count === 2) dicts.push(...parts.offsets)
  }
  for (const dict of dicts) {
    for (const [key, value] of machine.traces.hooked.get(dict) ?? []) {
      machine.census.attribute(target, K.hookName(key), value, offset)
    }
  }
}
