import { keyBody } from './checksum.ts'
import { entropy } from './example.ts'
import type { Check, SecretForm } from './form.ts'

/** A key is what decodes as one: a sketch of a PEM block in a manual is none. */
function pem(block: string): Check | undefined {
  // Headers such as `DEK-Info: AES-256-CBC,…`, and `Version:` of PGP.
  const body = block.replace(/(?:^|\n|\\n)[ \t]*[A-Za-z-]{3,20}: [^\n\\]*/g, '')
  return keyBody(body) === undefined ? undefined : 'structure'
}

const USUAL =
  /^(?:pass(?:w(?:or)?d)?|pw|pwd|postgres|root|admin|secret|guest|test(?:ing|pass)?|user|username|mysql|redis|mongo\w*|changeme|token|key|dev|demo|\d{1,6}|minio\w*|rabbitmq|example|hunter2|p4ss\w*|mypass\w*|mysecret\w*|your\w*|some\w*|\*+|x+|\.+)\d{0,4}!?$/i

/** Hosts that stand for any, that only this machine has, or that are a name in a file of containers. */
const NOWHERE =
  /^(?:localhost|127\.[\d.]+|0\.0\.0\.0|[\w-]+|(?:[\w-]+\.)*(?:example|test|invalid|local|localhost|internal)|(?:[\w-]+\.)*example\.(?:com|org|net)|(?:[\w-]+\.)*(?:host|domain|server|site|company|acme|foo|bar|yourdomain|mydomain|my-?domain)\.(?:com|org|net|io|tld))$/i

function password(match: string): Check | undefined {
  const [, user = '', secret = '', host = ''] = /:\/\/([^:@]*):([^@]*)@([\w.-]+)$/.exec(match) ?? []
  if (USUAL.test(secret) || NOWHERE.test(host) || /^(?:x-access-token|oauth2?)$/i.test(secret))
    return undefined
  return secret.toLowerCase() === user.toLowerCase() || /^%[sdvr]$|^:/.test(secret) ? undefined : 'none'
}

const ENTROPY = 3.6

/** A value that looks random: digits among letters of both cases or hex, no path, no words. */
function random(value: string): Check | undefined {
  const isMixed = /\d/.test(value) && /[a-z]/i.test(value)
  const isName =
    /^[\w.-]*(?:[._/-][a-z]{2,}){2,}$/i.test(value) || /^(?:https?:|\/|\.\/|[\w-]+\.[a-z]{2,4}$)/i.test(value)
  return isMixed && !isName && entropy(value) >= ENTROPY ? 'none' : undefined
}

const VALUE = String.raw`(?:key|token|word)?["']?[ \t]{0,3}(?:=|:|=>|:=)[ \t]{0,3}["'](?<secret>[A-Za-z0-9+/_=~.!@#%^&*-]{16,100})["']`

function assigned(anchor: string): SecretForm {
  return {
    provider: '',
    kind: 'assigned',
    anchor,
    prefix: 0,
    pattern: new RegExp(`${anchor.replace('-', '\\-')}[_-]?${VALUE}`, 'diy'),
    check: random,
  }
}

/** Forms of no provider: private keys, passwords in addresses, values that are given the name of a secret. */
export const GENERIC: readonly SecretForm[] = [
  {
    provider: '',
    kind: 'private-key',
    anchor: 'PRIVATE KEY',
    back: 30,
    prefix: 0,
    pattern:
      /-----BEGIN (?:(?!ENCRYPTED)[A-Z]{2,10} ){0,2}PRIVATE KEY(?: BLOCK)?-----(?<secret>[\s\S]{64,13000}?)-----END/dy,
    check: (block) => (/ENCRYPTED/.test(block.slice(0, 60)) ? undefined : pem(block)),
  },
  {
    provider: '',
    kind: 'password',
    anchor: '://',
    back: 12,
    prefix: 0,
    pattern:
      /\b[a-z][a-z0-9+.]{1,12}:\/\/[^\s/:@"'<>`{}$\\()[\]]{0,64}:(?<secret>[^\s/@"'<>`{}$\\()[\]]{3,128})@[\w.-]{3,253}/diy,
    check: password,
  },
  ...[
    'secret',
    'passw',
    'api_key',
    'apikey',
    'api-key',
    'access_key',
    'auth_token',
    'access_token',
    'private_key',
  ].map(assigned),
]
