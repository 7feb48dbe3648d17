import { type Literal, literalAt } from './literals.ts'
import type { Machine } from './machine.ts'

/**
 * The literal made by the opcode at `offset`: from the window, or fetched. Undefined after asking for it, in which case
 * the instruction at `start` will be executed anew.
 */
export function literalOf(machine: Machine, offset: number, start: number): Literal | undefined {
  const inWindow = offset >= machine.base && offset < machine.base + machine.length
  const found = inWindow
    ? literalAt(machine.window.subarray(0, machine.length), offset - machine.base)
    : undefined
  const literal = found ?? machine.fetched.get(offset)
  if (!literal) machine.again('value', start, offset)
  return literal
}
