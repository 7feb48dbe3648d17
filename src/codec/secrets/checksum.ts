import { crc32 } from 'node:zlib'

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const CHECK_DIGITS = 6

/**
 * The last six characters of a GitHub or npm token are the CRC-32 of the random ones before it, in base 62. A token for
 * which that holds was made by the provider: by chance it holds once in four thousand million.
 */
export function holdsBase62Crc(body: string): boolean {
  const random = body.slice(0, -CHECK_DIGITS)
  return base62(crc32(random)) === body.slice(-CHECK_DIGITS)
}

/** A number in base 62, padded to six digits. */
export function base62(value: number): string {
  let [left, digits] = [value, '']
  while (left > 0) {
    digits = (BASE62[left % 62] ?? '') + digits
    left = Math.floor(left / 62)
  }
  return digits.padStart(CHECK_DIGITS, '0')
}

/** PyPI tokens are macaroons of version 2: a location, which names the index, then an identifier and caveats. */
export function isMacaroon(body: string): boolean {
  const bytes = Buffer.from(body, 'base64url')
  const length = bytes[2] ?? 0
  return (
    bytes[0] === 2 && bytes[1] === 1 && /^(?:test\.)?pypi\.org$/.test(bytes.toString('latin1', 3, 3 + length))
  )
}

/** Do header and claims of a JSON Web Token decode to objects, and does the header name an algorithm? */
export function isJwt(token: string): boolean {
  const [header = '', claims = ''] = token.split('.')
  const decoded = [header, claims].map((part) => Buffer.from(part, 'base64url').toString('utf8'))
  return /^\{.*"alg"\s*:\s*"(?!none)/s.test(decoded[0] ?? '') && /^\{.*\}$/s.test(decoded[1] ?? '')
}

/** The body of a PEM block: a DER sequence as long as it says, or an OpenSSH key; else it is a sketch of one. */
export function keyBody(text: string): 'der' | 'openssh' | 'pgp' | undefined {
  // In JSON and source code line breaks are escaped.
  const base64 = text.replace(/\\[nr]|[\s"'+,\\]/g, '')
  const bytes = Buffer.from(base64, 'base64')
  if (bytes.toString('latin1', 0, 15) === 'openssh-key-v1\0')
    return bytes.length > 100 ? 'openssh' : undefined
  if ((bytes[0] ?? 0) >= 0x94 && bytes.length > 200) return 'pgp'
  if (bytes[0] !== 0x30) return undefined
  const short = bytes[1] ?? 0
  const width = short < 0x80 ? 0 : short & 0x7f
  if (width > 4 || bytes.length < 2 + width) return undefined
  const length = width === 0 ? short : bytes.readUIntBE(2, width)
  return length + 2 + width === bytes.length && length > 32 ? 'der' : undefined
}

/** AWS key ids are base32, and the account they belong to is in their first bits. */
export function isAwsKeyId(id: string): boolean {
  return /^(?:AKIA|ASIA)[A-Z2-7]{16}$/.test(id)
}

/** Keys of Azure storage and Cosmos DB are 64 random bytes. */
export function isKeyOf64Bytes(text: string): boolean {
  return Buffer.from(text, 'base64').length === 64
}
