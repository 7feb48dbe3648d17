/** Secrets that manuals, standards and emulators print, and that open nothing; all of them are public. */
const PUBLISHED = [
  'AKIAIOSFODNN7EXAMPLE',
  'AKIAI44QH8DHBEXAMPLE',
  'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  // Azurite and the emulator of Cosmos DB
  'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==',
  'C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw==',
  // jwt.io and RFC 7519, by their signatures
  'SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c',
  'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
  'TJVA95OrM7E2cBab30RMHrHDcEfxjoYZgeFONFh7HgQ',
  // Documentation of Google Maps, GitHub and Stripe
  'AIzaSyDaGmWKa4JsXZ-HjGw7ISLn_3namBGewQe',
  'zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17',
  '4eC39HqLyjWDarjtT1zdp7dc',
]

const WORDS =
  /example|sample|dummy|placeholder|redacted|your|insert|replace|changeme|foobar|deadbeef|notareal|notreal|secretkey|testtest|abcdef|fedcba|abcabc|ABCDEFG|123456|654321|qwerty|lorem|_here|fake|mock|xxxx|\*\*\*|\.\.\./i

/** Bits per character. */
export function entropy(text: string): number {
  const counts = new Map<string, number>()
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length)
  return bits
}

/**
 * Is this a stand-in for a secret: published as an example, spelt with words or sequences, or too regular to be random?
 * @param body the secret without what all of its form begin with.
 */
export function isStandIn(body: string): boolean {
  if (PUBLISHED.some((known) => body.includes(known) || (body.length >= 12 && known.endsWith(body))))
    return true
  if (WORDS.test(body) || /(.)\1{4}/.test(body) || /(.{2,8})\1{2}/.test(body)) return true
  const letters = body.replace(/[^A-Za-z0-9]/g, '')
  // Random hex of 20 characters has some 3.2 bits in each, other alphabets more; keys padded by hand have half of that.
  const least = /^[0-9a-f]+$/i.test(letters) ? 2.5 : 2.9
  return letters.length >= 12 && entropy(letters) < least
}

/** Words beside a secret that say it is made up. */
export function saysExample(around: string): boolean {
  return /\b(?:examples?|sample|dummy|fake|placeholder|made[- ]up|not (?:a )?real|invalid|revoked|expired|for instance|e\.g\.|test (?:key|token|vector)|looks? like)\b/i.test(
    around,
  )
}
