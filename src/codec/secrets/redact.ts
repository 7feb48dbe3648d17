import { hash } from 'node:crypto'
import { findSecrets, type Secret } from './find.ts'

/** A secret as reports show it: what all of its form begin with, and how long it is. */
export function redacted({ value, prefix }: Pick<Secret, 'value' | 'prefix'>): string {
  return `${value.slice(0, prefix)}…(${value.length} characters)`
}

const DIGITS = 12

/**
 * Tells secrets from each other without telling them: twelve hex digits of a hash. A password could be guessed and the guess
 * be confirmed by its hash, so what people choose has none.
 */
export function fingerprint({ provider, kind, value }: Pick<Secret, 'provider' | 'kind' | 'value'>): string {
  if (kind === 'password' || kind === 'assigned') return ''
  return hash('sha256', JSON.stringify(['weighmaster secret', provider, kind, value]), 'hex').slice(0, DIGITS)
}

/** A private key that goes on to the end of the text. */
const CUT_KEY = /(-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----)(?![\s\S]*-----END)[\s\S]{9,}/

/** Characters behind the prefix by which a cut-off secret is known. */
const KNOWN = 8

/**
 * Takes secrets out of texts: those that it finds there, and of those that were found elsewhere every piece of some length,
 * since what quotes a line may cut it anywhere.
 */
export class Redactor {
  readonly #known = new Map<string, Pick<Secret, 'value' | 'prefix'>>()

  add(secret: Secret): void {
    if (this.#known.size < 4096) this.#known.set(secret.value, secret)
  }

  text(text: string): string {
    let plain = text.replace(CUT_KEY, '$1…')
    for (const known of this.#known.values()) plain = withoutPieces(plain, known)
    const found = findSecrets(plain)
    if (found.length === 0) return plain
    let [out, done] = ['', 0]
    for (const secret of found) {
      out += plain.slice(done, secret.start) + redacted(secret)
      done = secret.end
    }
    return out + plain.slice(done)
  }
}

/** A piece at the beginning of the secret anywhere in the text, or a later one where the text begins or ends in it. */
function withoutPieces(text: string, { value, prefix }: Pick<Secret, 'value' | 'prefix'>): string {
  let plain = text
  const head = value.slice(0, Math.min(prefix + KNOWN, value.length))
  for (let at = plain.indexOf(head); at !== -1; at = plain.indexOf(head, at + 1)) {
    let end = at + head.length
    while (end < plain.length && end - at < value.length && plain[end] === value[end - at]) end++
    plain = `${plain.slice(0, at)}${redacted({ value, prefix })}${plain.slice(end)}`
  }
  const inside = value.indexOf(plain.slice(0, KNOWN))
  if (inside > 0 && plain.length >= KNOWN) {
    let end = KNOWN
    while (end < plain.length && plain[end] === value[inside + end]) end++
    plain = `…${plain.slice(end)}`
  }
  return plain
}
