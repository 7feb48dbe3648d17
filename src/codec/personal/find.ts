import {
  ibanLength,
  isAadhaar,
  isCardForm,
  isCodiceFiscale,
  isCpf,
  isIban,
  isLuhn,
  isNir,
  isPesel,
  isResidentId,
} from './check-digits.ts'

export type PersonalKind = 'card' | 'iban' | 'national-id' | 'email' | 'phone'

/** Something that has the form of personal data. `valid`: its check digits hold, or it has none. */
export interface Personal {
  readonly kind: PersonalKind
  readonly valid: boolean
  readonly start: number
  readonly end: number
  /** What may be shown of it. */
  readonly masked: string
}

const DIGIT = 1
const AT = 2
const PLUS = 3
const CLASSES = new Uint8Array(256)
for (const digit of '0123456789') CLASSES[digit.charCodeAt(0)] = DIGIT
CLASSES[0x40] = AT
CLASSES[0x2b] = PLUS

/** Longest number looked at, with its separators. */
const LONGEST = 44
const ALPHANUMERIC = /[A-Za-z0-9_]/

/**
 * Personal data in a text, in the order of the places; test numbers of payment services, examples of standards and
 * addresses that belong to nobody are left out. One pass, linear. `bytes`: the text, one byte a character.
 */
export function findPersonal(
  text: string,
  met: (found: Personal) => void,
  bytes: Uint8Array = Buffer.from(text, 'latin1'),
): void {
  const length = bytes.length
  for (let i = 0; i < length; i++) {
    const kind = CLASSES[bytes[i] as number]
    if (kind === 0) continue
    if (kind === AT) email(text, i, met)
    else if (kind === PLUS) i = phone(text, i, met)
    else i = number(text, i, met)
  }
}

/** Digits with single blanks, hyphens or full stops between them, as people group them; the last place of it. */
function number(text: string, at: number, met: (found: Personal) => void): number {
  const before = text[at - 1] ?? ' '
  if (/[A-Za-z]/.test(before)) {
    const end = lettered(text, at, met)
    if (end > at) return end
  }
  let [end, digits] = [at, 0]
  for (let i = at; i < text.length && i - at < LONGEST; i++) {
    const code = text.charCodeAt(i)
    if (code >= 48 && code <= 57) {
      digits++
      end = i
    } else if (code !== 0x20 && code !== 0x2d && code !== 0x2e) break
    else if (i !== end + 1) break
  }
  // A fraction, or something that goes on before or behind it.
  if (digits < 11 || digits > 18) return end
  if (ALPHANUMERIC.test(before) || (/[.,:/=&#$-]/.test(before) && before !== ':' && before !== '='))
    return end
  const after = text[end + 1] ?? ' '
  const isResident = digits === 17 && /[xX]/.test(after)
  if (!isResident && ALPHANUMERIC.test(after)) return end
  const found = judged(text.slice(at, isResident ? end + 2 : end + 1))
  if (found) met({ ...found, start: at, end: end + 1 })
  return end
}

type Judged = Pick<Personal, 'kind' | 'valid' | 'masked'>

const CARD_GROUPS = /^(?:\d{14,16}|\d{4}([ -])\d{4}\1\d{4}\1\d{4}|\d{4}([ -])\d{6}\2\d{4,5})$/

function judged(written: string): Judged | undefined {
  const digits = written.replace(/[^\dxX]/g, '')
  const masked = `…${digits.slice(-4)}`
  if (CARD_GROUPS.test(written) && isCardForm(digits))
    return isTestCard(digits) ? undefined : { kind: 'card', valid: isLuhn(digits), masked }
  const id = (valid: boolean): Judged => ({ kind: 'national-id', valid, masked: `${digits.length} digits` })
  if (/^\d{3}\.\d{3}\.\d{3}-\d\d$/.test(written))
    return new Set(digits).size > 2 ? id(isCpf(digits)) : undefined
  if (/^\d{17}[\dxX]$/.test(written) && /^[1-8]\d{5}(?:19|20)/.test(written)) return id(isResidentId(written))
  if (/^[12] \d\d \d\d \d\d \d{3} \d{3} \d\d$/.test(written)) return id(isNir(digits))
  if (/^\d{4} \d{4} \d{4}$/.test(written)) return id(isAadhaar(digits))
  return /^\d{11}$/.test(written) && /^\d\d[0-9][0-9][0-3]/.test(written) ? id(isPesel(written)) : undefined
}

/** Numbers that begin with letters: accounts, and the Italian code. */
function lettered(text: string, at: number, met: (found: Personal) => void): number {
  const country = text.slice(at - 2, at)
  const length = /[A-Za-z0-9]/.test(text[at - 3] ?? ' ') ? undefined : ibanLength(country)
  if (length !== undefined) {
    const written = /^[A-Z]{2}\d\d(?: ?[A-Z0-9]){11,30}/.exec(text.slice(at - 2, at - 2 + LONGEST))?.[0] ?? ''
    const iban = written.replaceAll(' ', '').slice(0, length)
    if (iban.length === length && !isExampleIban(iban)) {
      met({
        kind: 'iban',
        valid: isIban(iban),
        start: at - 2,
        end: at - 2 + length,
        masked: `${country}…${iban.slice(-2)}`,
      })
      return at + length
    }
  }
  const code = text.slice(at - 6, at + 10)
  if (
    at >= 6 &&
    isCodiceFiscale(code) &&
    !ALPHANUMERIC.test(text[at - 7] ?? ' ') &&
    !ALPHANUMERIC.test(text[at + 10] ?? ' ')
  ) {
    met({ kind: 'national-id', valid: true, start: at - 6, end: at + 10, masked: '16 characters' })
    return at + 10
  }
  return at
}

const LOCAL = /[A-Za-z0-9._%+-]/
const DOMAIN = /^[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,4}\.[A-Za-z]{2,24}(?![A-Za-z0-9_/-])/
/** Names that stand for nobody (RFC 2606, RFC 6761), for machines, or for an office. */
const NOBODYS =
  /(?:^|\.)(?:example|test|invalid|localhost|local)$|(?:^|\.)(?:example|domain|email|yourdomain|mydomain|company|acme|foo|bar|test|sample)\.(?:com|org|net)$|noreply/i
const OFFICES =
  /^(?:info|contact|support|help|sales|admin|office|press|security|abuse|webmaster|postmaster|hello|team|noreply|no-reply|donotreply|your\W?name|name|user(?:name)?|someone|somebody|john\.?doe|jane\.?doe|foo|bar|test|me|you|git)$/i

function email(text: string, at: number, met: (found: Personal) => void): void {
  let start = at
  while (start > 0 && at - start < 64 && LOCAL.test(text[start - 1] ?? ' ')) start--
  const local = text.slice(start, at).replace(/^[.%+-]+/, '')
  const domain = DOMAIN.exec(text.slice(at + 1, at + 256))?.[0]
  if (local.length < 2 || domain === undefined || NOBODYS.test(domain) || OFFICES.test(local)) return
  // `package@1.2.3`, decorators, `user@host:path` of git, file names.
  if (
    /\.(?:py|js|ts|png|jpe?g|gif|svg|css|json|md|txt|so|dll)$/i.test(domain) ||
    /[/:]/.test(text[start - 1] ?? ' ')
  )
    return
  const masked = `${local[0]}…@…${domain.slice(domain.lastIndexOf('.'))}`
  met({ kind: 'email', valid: true, start, end: at + 1 + domain.length, masked })
}

/** International form (E.164) with groups; a plus before digits alone may be a sum. */
function phone(text: string, at: number, met: (found: Personal) => void): number {
  if (ALPHANUMERIC.test(text[at - 1] ?? ' ')) return at
  const written = /^\+[1-9]\d{0,2}(?:[ .-]?\(?\d{1,5}\)?){2,6}/.exec(text.slice(at, at + 32))?.[0]
  if (written === undefined) return at
  const digits = written.replace(/\D/g, '')
  const after = text[at + written.length] ?? ' '
  if (digits.length < 9 || digits.length > 15 || ALPHANUMERIC.test(after) || isFiction(digits)) return at
  if (!/[ .(-]/.test(written) && digits.length < 10) return at
  met({ kind: 'phone', valid: true, start: at, end: at + written.length, masked: `+${digits.slice(0, 2)}…` })
  return at + written.length - 1
}

/** Kept for films and examples (555-01xx; Ofcom's ranges), or written down by counting. */
function isFiction(digits: string): boolean {
  return /^1\d{3}55501|^1?5{3}|^44(?:7700900|1632960|2079460)|1234567|0{6}|(\d)\1{5}/.test(digits)
}

/** Numbers of the sandboxes of payment services: public lists, and what has hardly any digits of its own. */
function isTestCard(digits: string): boolean {
  if (
    /^(?:400000|424242|411111|555555|222300|601111|378282|371449|510510|401288|305693|385200|353011|356600|620000)/.test(
      digits,
    )
  )
    return true
  return new Set(digits).size <= 3 || /1234567|0{6}|(\d)\1{6}/.test(digits)
}

const EXAMPLE_IBANS = new Set([
  'GB82WEST12345698765432',
  'GB29NWBK60161331926819',
  'GB33BUKB20201555555555',
  'DE89370400440532013000',
  'DE91100000000123456789',
  'FR1420041010050500013M02606',
  'FR7630006000011234567890189',
  'ES9121000418450200051332',
  'NL91ABNA0417164300',
  'BE68539007547034',
  'CH9300762011623852957',
  'IT60X0542811101000000123456',
  'AT611904300234573201',
])

function isExampleIban(iban: string): boolean {
  return EXAMPLE_IBANS.has(iban) || /0{9}|(\d)\1{7}/.test(iban)
}
