import type { FieldKind, MessageSpec } from './protobuf.ts'

export interface ProbeResult {
  /** Fields of the outermost message that were met. */
  readonly seen: ReadonlySet<number>
  /** Everything that was met is in the schema, nested messages included. */
  readonly sound: boolean
  /** Fields understood, at all depths: a handful may be chance. */
  readonly fields: number
}

const DEPTH = 12

/**
 * Could these be the first bytes of a message of that type? Protobuf has no magic, so every field that begins in
 * `head` must have a number and a wire type of the schema and a length that fits, all the way down.
 */
export function probeMessage(head: Uint8Array, size: number, spec: MessageSpec): ProbeResult {
  const seen = new Set<number>()
  const state = { fields: 0 }
  const sound = walk(head, 0, size, spec, seen, state, 0)
  return { seen, sound: sound && seen.size > 0, fields: state.fields }
}

function walk(
  head: Uint8Array,
  start: number,
  end: number,
  spec: MessageSpec,
  seen: Set<number> | undefined,
  state: { fields: number },
  depth: number,
): boolean {
  let at = start
  while (at < end && at < head.length) {
    const tag = varint(head, at)
    // Cut off by the end of what we look at, rather than wrong.
    if (!tag) return head.length - at < 10 && head.length < end
    const [number, wire] = [Math.floor(tag.value / 8), tag.value % 8]
    const kind = Object.hasOwn(spec.fields, number) ? spec.fields[number]?.[1] : undefined
    if (kind === undefined || !suits(kind, wire)) return false
    seen?.add(number)
    state.fields++
    at = tag.next
    if (wire === 1 || wire === 5) {
      at += wire === 1 ? 8 : 4
      continue
    }
    const value = varint(head, at)
    if (!value) return head.length - at < 10 && head.length < end
    at = value.next
    if (wire !== 2) continue
    if (value.value > end - at) return false
    if (typeof kind !== 'string' && depth < DEPTH) {
      if (!walk(head, at, at + value.value, kind.message(), undefined, state, depth + 1)) return false
    }
    at += value.value
  }
  return at <= end
}

function suits(kind: FieldKind, wire: number): boolean {
  if (typeof kind !== 'string' || kind === 'text' || kind === 'texts' || kind === 'data') return wire === 2
  if (kind === 'int') return wire === 0
  if (kind === 'ints') return wire === 0 || wire === 2
  return wire === 1 || wire === 5 || (kind === 'numbers' && wire !== 3 && wire !== 4)
}

function varint(bytes: Uint8Array, start: number): { value: number; next: number } | undefined {
  let value = 0
  for (let i = 0; i < 10; i++) {
    const byte = bytes[start + i]
    if (byte === undefined) return undefined
    value += (byte & 0x7f) * 2 ** (7 * i)
    if (byte < 0x80) return { value, next: start + i + 1 }
  }
  return undefined
}
