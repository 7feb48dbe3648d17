import { argument, type CallSite } from './machine.ts'
import {
  CONSTANT_LIMIT,
  ITEMS_LIMIT,
  joined,
  labelled,
  taintOf,
  text,
  UNKNOWN,
  type Value,
} from './values.ts'

/** Methods of texts and lists that both languages have, or that mean the same in the one that has them. */
export function foldTextMethod(site: CallSite): Value | undefined {
  const { receiver, method } = site
  if (!receiver || method === undefined) return undefined
  const [a, b] = [argument(site, 0), argument(site, 1)]
  if (method === 'join') return joinedBy(receiver, a)
  if (typeof receiver.constant === 'string') return textMethod(method, receiver, receiver.constant, a, b)
  if (receiver.items) return listMethod(method, receiver, receiver.items, a, b)
  return undefined
}

/** `', '.join(list)` and `list.join(', ')`. */
function joinedBy(receiver: Value, other: Value | undefined): Value | undefined {
  const [items, separator] = receiver.items ? [receiver.items, other ?? text(',')] : [other?.items, receiver]
  if (!items || separator.constant === undefined) return undefined
  if (items.length * (String(separator.constant).length + 1) > CONSTANT_LIMIT) return taintOf(items)
  const whole = joined(
    items.flatMap((item, i) => (i === 0 ? [asText(item)] : [asText(separator), asText(item)])),
  )
  return items.length === 0 ? text('') : whole
}

function asText(value: Value): Value {
  return typeof value.constant === 'number' ? { ...value, constant: String(value.constant) } : value
}

function textMethod(method: string, value: Value, constant: string, a?: Value, b?: Value): Value | undefined {
  const with_ = (next: string): Value => ({ ...value, constant: next })
  const first = a?.constant
  switch (method) {
    case 'strip':
    case 'trim':
      return with_(constant.trim())
    case 'lower':
    case 'toLowerCase':
    case 'casefold':
      return with_(constant.toLowerCase())
    case 'upper':
    case 'toUpperCase':
      return with_(constant.toUpperCase())
    case 'toString':
    case 'valueOf':
    case 'as_posix':
      return value
    case 'replace':
    case 'replaceAll':
      if (typeof first !== 'string' || typeof b?.constant !== 'string') return taintOf([value])
      if (first === '' && constant.length > 4096) return taintOf([value])
      return { ...with_(replaced(constant, first, b.constant)), pieced: true }
    case 'concat':
      return joined([value, a ?? UNKNOWN])
    case 'split':
      return split(value, constant, first)
    case 'repeat': {
      const times = Number(first)
      return times >= 0 && times * constant.length <= CONSTANT_LIMIT
        ? with_(constant.repeat(times))
        : undefined
    }
    case 'charCodeAt':
    case 'codePointAt':
      return text(constant.charCodeAt(Number(first ?? 0)) || 0)
    case 'charAt':
    case 'at':
      return with_(constant.at(Number(first ?? 0)) ?? '')
    case 'slice':
    case 'substring':
      return {
        ...with_(constant.slice(Number(first ?? 0), b ? Number(b.constant) : undefined)),
        pieced: true,
      }
    case 'substr':
      return {
        ...with_(constant.substr(Number(first ?? 0), b ? Number(b.constant) : undefined)),
        pieced: true,
      }
    default:
      return undefined
  }
}

function replaced(constant: string, from: string, to: string): string {
  const parts = constant.split(from)
  return constant.length + (parts.length - 1) * to.length > CONSTANT_LIMIT ? constant : parts.join(to)
}

function split(value: Value, constant: string, by: string | number | undefined): Value | undefined {
  if (by !== undefined && typeof by !== 'string') return undefined
  const parts = by === undefined ? constant.trim().split(/\s+/) : constant.split(by, ITEMS_LIMIT)
  return { items: parts.map((p) => ({ ...value, constant: p })), labels: value.labels }
}

function listMethod(
  method: string,
  value: Value,
  items: readonly Value[],
  a?: Value,
  b?: Value,
): Value | undefined {
  switch (method) {
    case 'reverse':
    case 'toReversed':
      return { ...value, items: items.toReversed().map((i) => ({ ...i, hidden: true })) }
    case 'slice':
      return { ...value, items: items.slice(Number(a?.constant ?? 0), b ? Number(b.constant) : undefined) }
    case 'concat':
      return a?.items
        ? labelled({ ...value, items: [...items, ...a.items].slice(0, ITEMS_LIMIT) }, a)
        : undefined
    case 'copy':
    case 'flat':
    case 'filter':
      return value
    default:
      return undefined
  }
}
