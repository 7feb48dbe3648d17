import { memberOf } from './expressions.ts'
import type { Expr } from './ir.ts'
import type { Machine } from './machine.ts'
import type { Scope } from './scope.ts'
import { taintOf, type Value } from './values.ts'

/** Assigns to a name, a member, an element, or a pattern of these. */
export function assignTo(machine: Machine, target: Expr, value: Value, scope: Scope): void {
  switch (target.op) {
    case 'name':
      machine.bind(target.name, value, scope)
      return
    case 'list':
      target.items.forEach((item, i) => {
        assignTo(machine, item, value.items?.[i] ?? taintOf([value]), scope)
      })
      return
    case 'map':
      for (const { key, value: inner } of target.entries) {
        const name = key?.op === 'constant' ? String(key.value) : undefined
        assignTo(
          machine,
          inner,
          name === undefined ? taintOf([value]) : memberOf(machine, value, name),
          scope,
        )
      }
      return
    case 'assign':
      assignTo(machine, target.target, value, scope)
      return
    case 'member': {
      const object = machine.evaluate(target.object, scope)
      if (object.path !== undefined) machine.setMember(`${object.path}.${target.name}`, value, target)
      return
    }
    case 'index':
      machine.setIndex(target, value, scope)
      return
    case 'any':
      for (const part of target.parts) assignTo(machine, part, value, scope)
  }
}
