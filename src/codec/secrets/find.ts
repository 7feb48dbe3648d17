import { Anchors } from './anchors.ts'
import { isStandIn, saysExample } from './example.ts'
import type { Check, SecretForm } from './form.ts'
import { FORMS } from './providers.ts'

/** A secret in a text. `value` must not leave the thread that found it. */
export interface Secret {
  readonly provider: string
  readonly kind: string
  readonly check: Check
  /** Of what is to be hidden, in characters of the text. */
  readonly start: number
  readonly end: number
  readonly value: string
  /** Characters at its beginning that every secret of the form has. */
  readonly prefix: number
  /** The line says that it is an example. */
  readonly isExample: boolean
}

/** The longest match; a text that is read in pieces needs pieces that overlap by so much. */
export const LONGEST_SECRET = 16 * 1024

const KEPT = 4096
/** A path or word around it: an identifier that goes on is no secret. */
const INSIDE = /[A-Za-z0-9_]/

let anchors: Anchors | undefined

/**
 * Live-looking secrets in a text, in the order of their places, none inside another; at most 4096. Stand-ins of manuals are
 * left out. Linear; a text without any anchor costs one pass over its characters. `bytes`: the text, one byte a
 * character.
 */
export function findSecrets(text: string, bytes: Uint8Array = Buffer.from(text, 'latin1')): Secret[] {
  anchors ??= new Anchors(FORMS.map(({ anchor }) => anchor))
  const found: Secret[] = []
  let reached = 0
  anchors.scan(bytes, (index, end) => {
    const form = FORMS[index]
    if (!form || found.length >= KEPT || end <= reached) return
    const secret = match(form, text, end - form.anchor.length)
    if (!secret || secret.start < reached) return
    found.push(secret)
    reached = secret.end
  })
  return found
}

function match(form: SecretForm, text: string, at: number): Secret | undefined {
  const hit = form.back === undefined ? beginning(form, text, at) : around(form, text, at)
  if (!hit) return undefined
  const { whole, start, value } = hit
  const check = form.check
    ? form.check(form.kind === 'private-key' || form.kind === 'password' ? whole : value)
    : 'none'
  if (check === undefined || isStandIn(value.slice(form.prefix))) return undefined
  const { provider, kind, prefix } = form
  return {
    provider,
    kind,
    check,
    start,
    end: start + value.length,
    value,
    prefix,
    isExample: isShown(text, start),
  }
}

interface Hit {
  readonly whole: string
  readonly start: number
  readonly value: string
}

function beginning({ pattern }: SecretForm, text: string, at: number): Hit | undefined {
  if (at > 0 && INSIDE.test(text[at - 1] ?? '') && INSIDE.test(text[at] ?? '')) {
    // `MY_SECRET` ends with the name of a secret, and so does `db_password`.
    if (!pattern.flags.includes('i')) return undefined
  }
  pattern.lastIndex = at
  return hitOf(pattern.exec(text))
}

/** Beginnings in the few characters before the anchor, each tried where it stands: the first that matches. */
function around({ pattern, back = 0 }: SecretForm, text: string, at: number): Hit | undefined {
  for (let from = Math.max(0, at - back); from <= at; from++) {
    pattern.lastIndex = from
    const hit = hitOf(pattern.exec(text))
    if (hit) return hit.value === hit.whole && INSIDE.test(text[hit.start - 1] ?? ' ') ? undefined : hit
  }
  return undefined
}

function hitOf(match: RegExpExecArray | null): Hit | undefined {
  if (!match) return undefined
  const [start, end] = match.indices?.groups?.secret ?? [match.index, match.index + match[0].length]
  return { whole: match[0], start, value: match.input.slice(start, end) }
}

function isShown(text: string, at: number): boolean {
  const begin = Math.max(text.lastIndexOf('\n', at - 1) + 1, at - 200)
  return saysExample(text.slice(begin, at))
}
