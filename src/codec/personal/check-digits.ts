/** Luhn's sum over decimal digits (ISO/IEC 7812-1): cards, and Swedish personal numbers. */
export function isLuhn(digits: string): boolean {
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48
    sum += i % 2 === 0 ? digit : digit < 5 ? digit * 2 : digit * 2 - 9
  }
  return sum % 10 === 0
}

/** Numbers that issuers of cards use: length and first digits (ISO/IEC 7812; the ranges the networks publish). */
export function isCardForm(digits: string): boolean {
  if (digits.length === 16) {
    const [two, four] = [Number(digits.slice(0, 2)), Number(digits.slice(0, 4))]
    return (
      digits.startsWith('4') ||
      (two >= 51 && two <= 55) ||
      (four >= 2221 && four <= 2720) ||
      four === 6011 ||
      two === 65 ||
      two === 62 ||
      (four >= 3528 && four <= 3589)
    )
  }
  if (digits.length === 15) return /^3[47]/.test(digits)
  return digits.length === 14 && /^3(?:0[0-5]|[689])/.test(digits)
}

/** Length of the account numbers of each country (ISO 13616 registry). */
const IBAN_LENGTHS: Readonly<Record<string, number>> = {
  AD: 24,
  AE: 23,
  AT: 20,
  BE: 16,
  BG: 22,
  BR: 29,
  CH: 21,
  CY: 28,
  CZ: 24,
  DE: 22,
  DK: 18,
  EE: 20,
  ES: 24,
  FI: 18,
  FR: 27,
  GB: 22,
  GR: 27,
  HR: 21,
  HU: 28,
  IE: 22,
  IL: 23,
  IS: 26,
  IT: 27,
  LI: 21,
  LT: 20,
  LU: 20,
  LV: 21,
  MC: 27,
  MT: 31,
  NL: 18,
  NO: 15,
  PL: 28,
  PT: 25,
  RO: 24,
  SA: 24,
  SE: 24,
  SI: 19,
  SK: 24,
  TR: 26,
  UA: 29,
}

/** How long the account number of a country is; undefined where the letters are no country that has them. */
export function ibanLength(country: string): number | undefined {
  return Object.hasOwn(IBAN_LENGTHS, country) ? IBAN_LENGTHS[country] : undefined
}

/** ISO 7064 mod 97-10 over letters and digits. */
export function isIban(iban: string): boolean {
  let rest = 0
  for (const character of iban.slice(4) + iban.slice(0, 4)) {
    const value = Number.parseInt(character, 36)
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97
  }
  return rest === 1
}

function weighted(digits: string, weights: readonly number[]): number {
  return weights.reduce((sum, weight, i) => sum + weight * (digits.charCodeAt(i) - 48), 0)
}

/** Cadastro de Pessoas Físicas, Brazil: two check digits mod 11. */
export function isCpf(digits: string): boolean {
  const check = (count: number) => {
    const weights = Array.from({ length: count }, (_, i) => count + 1 - i)
    return ((weighted(digits, weights) * 10) % 11) % 10
  }
  return check(9) === Number(digits[9]) && check(10) === Number(digits[10])
}

/** PESEL, Poland: a date of birth, with the century in the month, and a check digit. */
export function isPesel(digits: string): boolean {
  const sum = weighted(digits, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3])
  return isDate(digits.slice(2, 6), 20) && (10 - (sum % 10)) % 10 === Number(digits[10])
}

/** Resident identity number, China (GB 11643): region, date of birth, ISO 7064 mod 11-2. */
export function isResidentId(id: string): boolean {
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
  const year = Number(id.slice(6, 10))
  if (!/^[1-8]/.test(id) || year < 1900 || year > 2035 || !isDate(id.slice(10, 14))) return false
  return '10X98765432'[weighted(id, weights) % 11] === id[17]?.toUpperCase()
}

/** Numéro d’inscription au répertoire, France: sex, year and month of birth, place; key mod 97. */
export function isNir(digits: string): boolean {
  if (!/^[12]\d\d(?:0[1-9]|1[0-2])/.test(digits)) return false
  return 97 - Number(BigInt(digits.slice(0, 13)) % 97n) === Number(digits.slice(13))
}

/** Codice fiscale, Italy: consonants, date and place of birth, check letter. */
export function isCodiceFiscale(code: string): boolean {
  if (!/^[A-Z]{6}\d\d[ABCDEHLMPRST]\d\d[A-Z]\d{3}[A-Z]$/.test(code)) return false
  const ODD = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23]
  let sum = 0
  for (let i = 0; i < 15; i++) {
    const value = Number.parseInt(code[i] ?? '0', 36)
    const place = value > 9 ? value - 10 : value
    sum += i % 2 === 0 ? (ODD[place] ?? 0) : place
  }
  return String.fromCharCode(65 + (sum % 26)) === code[15]
}

const VERHOEFF_D = [
  '0123456789',
  '1234067895',
  '2340178956',
  '3401289567',
  '4012395678',
  '5987604321',
  '6598710432',
  '7659821043',
  '8765932104',
  '9876543210',
]
const VERHOEFF_P = [
  '0123456789',
  '1576283094',
  '5803796142',
  '8916043527',
  '9453126870',
  '4286573901',
  '2793806415',
  '7046913258',
]

/** Aadhaar, India: twelve digits, the last by Verhoeff’s scheme. */
export function isAadhaar(digits: string): boolean {
  let check = 0
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i])
    const moved = Number(VERHOEFF_P[i % 8]?.[digit])
    check = Number(VERHOEFF_D[check]?.[moved])
  }
  return check === 0 && /^[2-9]/.test(digits)
}

/** Month and day; `shift`: PESEL adds multiples of 20 to the month for the century. */
function isDate(monthDay: string, shift = 100): boolean {
  const [month, day] = [Number(monthDay.slice(0, 2)) % shift, Number(monthDay.slice(2))]
  return month >= 1 && month <= 12 && day >= 1 && day <= 31
}
