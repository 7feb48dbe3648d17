import { type ProsePart, readTogether } from '../../codec/prose/prose.ts'
import type { Json } from '../../model/fact.ts'
import type { TextRole } from '../../model/text-facts.ts'
import type { Emission } from '../inspector.ts'

/** Strings of one tool or document that are read; more is a flood. */
const PARTS = 100_000

/** Words that JSON Schema itself puts there. */
const KEYWORDS = new Set(
  (
    'type properties items required description title default enum const examples additionalProperties anyOf oneOf allOf not $ref $defs ' +
    'definitions $schema $id $comment format pattern minimum maximum minLength maxLength minItems maxItems uniqueItems name'
  ).split(' '),
)

/** Where the strings of a value stand. */
export interface Wording {
  readonly role: TextRole
  /** Name of the tool, prompt or resource. */
  readonly owner: string
  /** Path inside it that `value` has. */
  readonly field: string
  readonly pointer: string
}

/** Every string of a value, names of properties included, in the order of the document. Does not recurse. */
export function* stringsOf(
  value: Json | undefined,
  { role, owner, field, pointer }: Wording,
): Generator<ProsePart> {
  const open: { value: Json; field: string; pointer: string }[] = [{ value: value ?? null, field, pointer }]
  for (let next = open.pop(); next; next = open.pop()) {
    const { value: item } = next
    const place = { owner, field: next.field, at: { pointer: next.pointer } }
    if (typeof item === 'string') {
      if (item.length > 2) yield { text: item, role, place }
    } else if (typeof item === 'object' && item !== null) {
      const inner: typeof open = []
      for (const [key, held] of Object.entries(item) as [string, Json][]) {
        const at = `${next.pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
        const name = next.field === '' ? key : `${next.field}.${key}`
        if (!Array.isArray(item) && key.length > 3 && !KEYWORDS.has(key))
          yield { text: key, role, place: { owner, field: name, at: { pointer: at } } }
        inner.push({ value: held, field: name, pointer: at })
      }
      open.push(...inner.reverse())
    }
  }
}

/** One string of a surface. */
export function* wording(text: Json | undefined, where: Wording): Generator<ProsePart> {
  if (typeof text === 'string' && text !== '') {
    yield {
      text,
      role: where.role,
      place: { owner: where.owner, field: where.field, at: { pointer: where.pointer } },
    }
  }
}

/** What strings that one reader sees together say. */
export function* said(parts: Iterable<ProsePart>): Generator<Emission> {
  const kept: ProsePart[] = []
  let dropped = false
  for (const part of parts) {
    if (kept.length >= PARTS) {
      dropped = true
      break
    }
    kept.push(part)
  }
  if (kept.length === 0) return
  const { facts, exhausted } = readTogether(kept)
  for (const draft of facts) yield { type: 'fact', ...draft }
  if (exhausted || dropped)
    yield { type: 'damage', kind: 'limit', message: 'more text than is read for what it says' }
}
