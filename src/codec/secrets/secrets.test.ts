import { generateKeyPairSync } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { base62 } from './checksum.ts'
import { findSecrets } from './find.ts'
import { fingerprint, Redactor, redacted } from './redact.ts'

// No token stands in this file as it is: each is put together here, so that nobody's scanner takes it for one of ours.
const ALPHABET = 'k7Qz2mXw9RbT4vLs8JhN6cYd3FgP5xKa1WeU0nMiBoHtZyGrCqEjVfDpSuAlIO'

/** Random-looking characters of an alphabet, always the same ones. */
function noise(length: number, alphabet = ALPHABET, seed = 17): string {
  let [state, out] = [seed, '']
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    out += alphabet[(state >>> 16) % alphabet.length]
  }
  return out
}

function checked(prefix: string): string {
  const random = noise(30)
  return `${prefix}${random}${base62(crc32(random))}`
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const HEX = '0123456789abcdef'
const LETTERS = ALPHABET.replace(/\d/g, '')

const GENUINE: readonly (readonly [string, string, string])[] = [
  ['github', 'valid', checked('ghp_')],
  ['github', 'valid', checked('gho_')],
  ['github', 'structure', `github_pat_${noise(22)}_${noise(59)}`],
  ['npm', 'valid', checked('npm_')],
  [
    'pypi',
    'structure',
    `pypi-${Buffer.concat([Buffer.from([2, 1, 8]), Buffer.from('pypi.org'), Buffer.from(noise(90))]).toString('base64url')}`,
  ],
  ['huggingface', 'none', `hf_${noise(34, LETTERS)}`],
  ['openai', 'structure', `sk-proj-${noise(74)}T3BlbkFJ${noise(74, ALPHABET, 3)}`],
  ['anthropic', 'structure', `sk-ant-api03-${noise(93)}AA`],
  ['aws', 'none', `AKIA${noise(16, BASE32)}`],
  ['google', 'none', `AIza${noise(35)}`],
  ['azure', 'structure', `AccountKey=${Buffer.from(noise(64), 'latin1').toString('base64')}`],
  ['gitlab', 'none', `glpat-${noise(20)}`],
  ['slack', 'structure', `xoxb-${'8'}${noise(11, '01345679')}-${noise(12, '01345679', 9)}-${noise(24)}`],
  ['stripe', 'none', `sk_live_${noise(24)}`],
  ['sendgrid', 'structure', `SG.${noise(22)}.${noise(43)}`],
  ['digitalocean', 'none', `dop_v1_${noise(64, HEX)}`],
  ['databricks', 'none', `dapi${noise(32, HEX)}`],
  ['telegram', 'structure', `${noise(10, '13579286')}:AA${noise(33)}`],
  ['hashicorp', 'none', `hvs.${noise(95)}`],
]

describe('what issuers made', () => {
  test.each(GENUINE)('%s (%s)', (provider, check, secret) => {
    const [found, ...more] = findSecrets(`export TOKEN="${secret}"\n`)
    expect(found).toMatchObject({ provider, check })
    expect(more).toEqual([])
    expect(redacted(found as NonNullable<typeof found>)).not.toContain(secret.slice(12, 24))
  })

  test.each(GENUINE)('%s (%s) inside a longer word is none', (_provider, _check, secret) => {
    expect(findSecrets(`${noise(9)}${secret}${noise(30)}`).map((s) => s.check)).not.toContain('valid')
  })

  test('a checksum that does not hold is said to be broken', () => {
    const token = checked('ghp_')
    const other = token.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a'))
    expect(findSecrets(other)).toMatchObject([{ check: 'broken' }])
  })

  test('a private key is one if its body decodes', () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    expect(findSecrets(pem)).toMatchObject([{ kind: 'private-key', check: 'structure' }])
    expect(findSecrets(JSON.stringify({ key: pem }))).toMatchObject([{ kind: 'private-key' }])
    expect(findSecrets(pem.replace(/\n[A-Za-z0-9+/]{40}/, '\n... '))).toEqual([])
    const cipher = { cipher: 'aes-256-cbc', passphrase: 'x' }
    const closed = privateKey.export({ type: 'pkcs8', format: 'pem', ...cipher }).toString()
    expect(findSecrets(closed)).toEqual([])
  })

  test('an address with a password', () => {
    const found = findSecrets('url = mysql://svc:Zk38xQ1hs@db.prod.acme-corp.io:3306/app')
    expect(found).toMatchObject([{ kind: 'password', value: 'Zk38xQ1hs' }])
  })
})

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: it is what people write.
describe('what only looks like a secret', () => {
  test.each([
    'AKIAIOSFODNN7EXAMPLE and wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    `aws_secret_access_key = ${'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'}`,
    'export HF_TOKEN=hf_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
    'hf_your_token_here, hf_YOURTOKENGOESHEREYOURTOKENGOESHERE',
    `ghp_${'zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17'}`,
    `ghp_${'1234567890abcdefghijklmnopqrstuvwxyz'}`,
    'sk-ant-api03-...',
    'OPENAI_API_KEY=sk-...',
    'postgres://user:password@localhost:5432/db and redis://:secret@redis:6379 and mongodb://u:p4ssw0rd@example.com',
    'https://${USER}:${PASS}@host.io and https://{user}:{pw}@corp.io and https://<user>:<token>@github.com/x',
    'secret = "projects/my-project/secrets/my-secret"',
    'password: "correct horse battery staple"',
    'from transformers import hf_hub_download, hf_bucket_url',
    'AIzaSyDaGmWKa4JsXZ-HjGw7ISLn_3namBGewQe',
    'DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==',
    '-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA...your key here, all of it, in so many lines as you have...\n-----END RSA PRIVATE KEY-----',
    `eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.${'SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c'}`,
    'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk',
  ])('%s', (text) => {
    expect(findSecrets(text)).toEqual([])
  })

  test('a line that calls it an example says so', () => {
    expect(findSecrets(`# example: ${checked('ghp_')}`)).toMatchObject([{ isExample: true }])
  })
})

// biome-ignore-end lint/suspicious/noTemplateCurlyInString: so far.

describe('time', () => {
  test('anchors without end do not take more than one look each', () => {
    const text = `${'-----BEGIN PRIVATE KEY-----'.repeat(200)}${'a://b:'.repeat(20_000)}${'eyJ'.repeat(20_000)}`
    expect(findSecrets(text)).toEqual([])
  })
})

describe('redaction', () => {
  const token = checked('ghp_')
  const [secret] = findSecrets(token)

  test('takes out what it finds and pieces of what was found', () => {
    const redactor = new Redactor()
    if (secret) redactor.add(secret)
    for (const text of [`curl -H ${token}`, `curl ${token.slice(0, 20)}`, `${token.slice(9, 30)} and more`]) {
      const plain = redactor.text(text)
      expect(plain).not.toContain(token.slice(13, 20))
    }
    expect(redactor.text('nothing of the kind')).toBe('nothing of the kind')
  })

  test('a key that is cut off has no end to be known by', () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    expect(new Redactor().text(`key = ${pem.slice(0, 160)}`)).toBe('key = -----BEGIN PRIVATE KEY-----…')
  })

  test('a fingerprint tells secrets apart, and there is none of what could be guessed', () => {
    expect(fingerprint({ provider: 'github', kind: 'token', value: token })).toMatch(/^[0-9a-f]{12}$/)
    expect(fingerprint({ provider: '', kind: 'password', value: 'Zk38xQ1hs' })).toBe('')
  })
})
