import { domainToUnicode } from 'node:url'
import { type Cells, locationOf, type RowDetector, type State, valueAt } from './detector.ts'

const HOST = /https?:\/\/(?:([^\s/@"'<>\\]{1,80})@)?([^\s/:?#"'<>()[\]\\,;|`*]{1,253})/iy
/** What an image's address may not ask for: text of the conversation put in by whoever renders it. */
const ASKING =
  /!\[[^\]\n]{0,80}\]\(https?:\/\/[^\s)?]{1,200}\?[^\s)]{0,200}?(?:\{[\w ."'-]{2,60}\}|<[\w .-]{2,60}>|\$\{?\w|%7B|\[[A-Z_ ]{3,40}\]|[?&](?:secret|password|passwd|conversation|history|chat|prompt|context|api_?key|ssn|cookie)s?=(?:[)&]|$))/iy

/** Addresses in rows that honest data hardly has: by number, with letters of other scripts, with a name before the host. */
export class AddressRows implements RowDetector {
  readonly #lookalikes = new Map<string, boolean>()

  cells({ batch, column, text }: Cells, state: State): void {
    const at = (place: number, shown: string) => [locationOf(batch, column, valueAt(column, place), shown)]
    for (let mark = text.indexOf('://'); mark !== -1; mark = text.indexOf('://', mark + 3)) {
      const start = text[mark - 1] === 's' || text[mark - 1] === 'S' ? mark - 5 : mark - 4
      if (start < 0) continue
      HOST.lastIndex = start
      const match = HOST.exec(text)
      if (!match) continue
      const [, user = '', host = ''] = match
      const kind = this.#kindOf(host.toLowerCase(), user)
      if (kind === undefined) continue
      state({ kind: 'rows.address', data: { class: kind, column: column.name }, locations: at(start, host) })
    }
    for (let mark = text.indexOf('!['); mark !== -1; mark = text.indexOf('![', mark + 2)) {
      ASKING.lastIndex = mark
      const match = ASKING.exec(text)
      if (!match) continue
      const data = { class: 'asking-image', column: column.name }
      state({ kind: 'rows.address', data, locations: at(mark, match[0].slice(0, 120)) })
    }
  }

  end(): void {}

  #kindOf(host: string, user: string): string | undefined {
    if (isDigit(host.charCodeAt(0)) && isPublicNumber(host)) return 'number'
    if (host.includes('xn--') && this.#isLookalike(host)) return 'lookalike'
    return /^[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|gov|edu|io)$/i.test(user) ? 'name-before-host' : undefined
  }

  /** Is a label of the host written with letters that look like Latin ones and are none? Remembered, up to a bound. */
  #isLookalike(host: string): boolean {
    const held = this.#lookalikes.get(host)
    if (held !== undefined) return held
    const found = domainToUnicode(host).split('.').some(isTwin)
    if (this.#lookalikes.size < 10_000) this.#lookalikes.set(host, found)
    return found
  }
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

/** An address by number that is no private one, no loopback and not kept for documentation (RFC 1918, 5737, 6598). */
function isPublicNumber(host: string): boolean {
  if (/^(?:0x[0-9a-f]{8}|\d{9,10})$/.test(host)) return true
  if (!/^\d{1,3}(?:\.\d{1,3}){3}$/.test(host) || host.split('.').some((part) => Number(part) > 255))
    return false
  return !/^(?:0|10|127|169\.254|192\.168|172\.(?:1[6-9]|2\d|3[01])|192\.0\.2|198\.51\.100|203\.0\.113|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])|1\.1\.1\.1|1\.0\.0\.1|8\.8\.[48]\.[48]|255|1\.2\.3\.4)(?:\.|$)/.test(
    host,
  )
}

/** Cyrillic, Greek and Armenian letters with the picture of Latin ones. */
const TWINS = /^[a-z0-9-аеорсухіјѕһԁԛԝɡυνοιαρτкмнгп]+$/u

/** All letters look Latin, and one is not; a word in Cyrillic has letters that nobody takes for Latin. */
function isTwin(label: string): boolean {
  return (
    /[^\p{ASCII}]/u.test(label) && TWINS.test(label) && (/[a-z]/.test(label) || !/[кмнгптαι]/u.test(label))
  )
}
