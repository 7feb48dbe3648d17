import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../model/fact.ts'
import { compareOms, type SeenFile } from './compare.ts'
import { omsStatement } from './make.ts'
import { OMS, readOms, rootOf } from './oms.ts'
import { readStatement, subjectFor } from './statement.ts'
import { type Loose, tampered } from './testing/material.ts'
import { reasonOf } from './trouble.ts'

const digest = (c: string) => c.repeat(64)
const FILES = [
  { path: 'a.txt', size: 3, digests: [digest('a')] },
  { path: 'a/b', size: 3, digests: [digest('b')] },
]
const WHOLE = omsStatement('model', FILES, { algorithm: 'sha256' }, ['.git', 'notes'])
const SHARDS = omsStatement(
  'model',
  [{ path: 'ab:c.bin', size: 20, digests: [digest('a'), digest('b'), digest('c')] }],
  { algorithm: 'sha256', shardSize: 8 },
  [],
)

const statementOf = (payload: Buffer | JsonObject) =>
  readStatement({
    kind: 'dsse',
    payloadType: 'application/vnd.in-toto+json',
    payload: Buffer.isBuffer(payload) ? payload : Buffer.from(JSON.stringify(payload)),
    signature: Buffer.alloc(1),
  })

function trouble(payload: Buffer | JsonObject): string {
  try {
    readOms(statementOf(payload))
    return 'read'
  } catch (error) {
    return reasonOf(error).trouble
  }
}

/** Changes a statement and makes its root digest right again: what a signer could do, not an attacker on the way. */
function resigned(statement: JsonObject, change: (resources: Loose[], predicate: Loose) => void): Buffer {
  return tampered(statement, (s) => {
    change(s.predicate.resources, s.predicate)
    s.subject[0].digest.sha256 = rootOf(s.predicate.resources.map((r: Loose) => r.digest))
  })
}

describe('a model signature', () => {
  test('is read back as it was made', () => {
    const manifest = readOms(statementOf(WHOLE))
    expect(manifest.files.map(({ name }) => name)).toEqual(['a.txt', 'a/b'])
    expect(manifest.ignored).toEqual(['.git', 'notes'])
  })

  test('may list its files in any order: the root digest follows the list', () => {
    expect(trouble(resigned(WHOLE, (resources) => resources.reverse()))).toBe('read')
    expect(trouble(tampered(WHOLE, (s) => s.predicate.resources.reverse()))).toBe('root-digest')
  })

  test('joins shards, split at the last two colons, in any order and both spellings', () => {
    const manifest = readOms(statementOf(resigned(SHARDS, (resources) => resources.reverse())))
    expect(manifest.files).toEqual([
      { name: 'ab:c.bin', digests: [digest('a'), digest('b'), digest('c')], size: 20 },
    ])
    expect(trouble(resigned(SHARDS, (r) => r.map((x: Loose) => (x.algorithm = 'sha256-sharded-8'))))).toBe(
      'read',
    )
    expect(trouble(Buffer.from(JSON.stringify(SHARDS).replace('"shard_size":8', '"shard_size":8.0')))).toBe(
      'read',
    )
  })

  test.each<[string, Buffer | JsonObject, string]>([
    [
      'another root digest',
      tampered(WHOLE, (s) => (s.subject[0].digest.sha256 = digest('0'))),
      'root-digest',
    ],
    [
      'a file more in the list',
      tampered(WHOLE, (s) =>
        s.predicate.resources.push({ name: 'x', algorithm: 'sha256', digest: digest('d') }),
      ),
      'root-digest',
    ],
    ['two subjects', tampered(WHOLE, (s) => s.subject.push(s.subject[0])), 'no-statement'],
    ['no subject', tampered(WHOLE, (s) => (s.subject = [])), 'no-statement'],
    ['no file', resigned(WHOLE, (_, p) => (p.resources = [])), 'no-statement'],
    [
      'another predicate',
      tampered(WHOLE, (s) => (s.predicateType = 'https://example.org/x')),
      'wrong-predicate',
    ],
    ['another type', tampered(WHOLE, (s) => (s._type = 'https://example.org/x')), 'no-statement'],
    ['no type', tampered(WHOLE, (s) => delete s._type), 'no-statement'],
    ['an unknown hash', resigned(WHOLE, (_, p) => (p.serialization.hash_type = 'md5')), 'unsupported'],
    ['an unknown method', resigned(WHOLE, (_, p) => (p.serialization.method = 'blocks')), 'unsupported'],
    ['a file by another hash', resigned(WHOLE, (r) => (r[0].algorithm = 'blake3')), 'unsupported'],
    ['a digest in capitals', resigned(WHOLE, (r) => (r[0].digest = digest('A'))), 'no-statement'],
    ['a short digest', resigned(WHOLE, (r) => (r[0].digest = 'aa')), 'no-statement'],
    ['a name twice', resigned(WHOLE, (r) => (r[1].name = 'a.txt')), 'names'],
    ['a name out of the folder', resigned(WHOLE, (r) => (r[0].name = '../a')), 'names'],
    ['a name up and down', resigned(WHOLE, (r) => (r[0].name = 'x/../../a')), 'names'],
    ['an absolute name', resigned(WHOLE, (r) => (r[0].name = '/etc/passwd')), 'names'],
    ['a name with a drive', resigned(WHOLE, (r) => (r[0].name = 'C:x')), 'names'],
    ['a backslash', resigned(WHOLE, (r) => (r[0].name = 'a\\b')), 'names'],
    ['a NUL', resigned(WHOLE, (r) => (r[0].name = 'a\0b')), 'names'],
    ['names that differ by case', resigned(WHOLE, (r) => (r[1].name = 'A.TXT')), 'names'],
    [
      'names in NFC and NFD',
      resigned(WHOLE, (r) => {
        r[0].name = 'caf\u00e9'
        r[1].name = 'cafe\u0301'
      }),
      'names',
    ],
    ['the whole folder as one of several', resigned(WHOLE, (r) => (r[0].name = '.')), 'names'],
    ['an ignored pattern', resigned(WHOLE, (_, p) => (p.serialization.ignore_paths = ['*.py'])), 'names'],
    [
      'an ignored path outside',
      resigned(WHOLE, (_, p) => (p.serialization.ignore_paths = ['../x'])),
      'names',
    ],
    ['an ignored absolute path', resigned(WHOLE, (_, p) => (p.serialization.ignore_paths = ['/x'])), 'names'],
    ['everything ignored', resigned(WHOLE, (_, p) => (p.serialization.ignore_paths = ['.'])), 'names'],
    [
      'a gap between shards',
      resigned(SHARDS, (_, p) => (p.resources = p.resources.filter((x: Loose) => !x.name.endsWith(':8:16')))),
      'shards',
    ],
    ['shards that overlap', resigned(SHARDS, (r) => (r[1].name = 'ab:c.bin:4:12')), 'shards'],
    ['a shard twice', resigned(SHARDS, (r) => r.push(r[2])), 'shards'],
    ['a shard that is too long', resigned(SHARDS, (r) => (r[2].name = 'ab:c.bin:16:40')), 'shards'],
    ['an empty shard', resigned(SHARDS, (r) => (r[2].name = 'ab:c.bin:16:16')), 'shards'],
    ['shards that do not begin at 0', resigned(SHARDS, (r) => r.splice(0, 1)), 'shards'],
    ['a name that is no shard', resigned(SHARDS, (r) => (r[0].name = 'a')), 'shards'],
    ['shards of no size', resigned(SHARDS, (_, p) => (p.serialization.shard_size = 0)), 'shards'],
    ['shards of half a byte', resigned(SHARDS, (_, p) => (p.serialization.shard_size = 7.5)), 'shards'],
    [
      'a repeated key',
      Buffer.from(
        JSON.stringify(WHOLE).replace('"predicateType"', `"predicateType":"${OMS}","predicateType"`),
      ),
      'malformed',
    ],
  ])('with %s is refused', (_, payload, reason) => {
    expect(trouble(payload)).toBe(reason)
  })
})

const seen = (path: string, c: string, more: Partial<SeenFile> = {}): SeenFile => ({
  path,
  size: 3,
  digests: new Map([['sha256', [digest(c)]]]),
  ...more,
})

describe('what is there against what was signed', () => {
  const manifest = readOms(statementOf(WHOLE))
  const differences = (...files: SeenFile[]) =>
    compareOms(manifest, files, { signature: 'model.sig' }).map(({ path, how }) => `${how} ${path}`)

  test('every difference is one of its own', () => {
    const both = [seen('a.txt', 'a'), seen('a/b', 'b')]
    expect(differences(...both, seen('model.sig', 'f'))).toEqual([])
    expect(differences(seen('a.txt', 'a'))).toEqual(['missing a/b'])
    expect(differences(...both, seen('x.py', 'f'))).toEqual(['extra x.py'])
    expect(differences(seen('a.txt', 'f'), seen('a/b', 'b'))).toEqual(['changed a.txt'])
    expect(differences(seen('a.txt', 'a', { link: true }), seen('a/b', 'b'))).toEqual(['link a.txt'])
    expect(differences(seen('a.txt', 'a', { digests: new Map() }), seen('a/b', 'b'))).toEqual([
      'unread a.txt',
    ])
    expect(differences(...both, seen('notes/x', 'f'), seen('.git/config', 'f'))).toEqual([
      'ignored .git/config',
      'ignored notes/x',
    ])
  })

  test('names are compared byte for byte', () => {
    expect(differences(seen('A.TXT', 'a'), seen('a/b', 'b'))).toEqual(['extra A.TXT', 'missing a.txt'])
    const accented = readOms(statementOf(resigned(WHOLE, (r) => (r[0].name = 'caf\u00e9'))))
    const found = compareOms(accented, [seen('cafe\u0301', 'a'), seen('a/b', 'b')], {})
    expect(found.map(({ how }) => how)).toEqual(['extra', 'missing'])
  })

  test('git paths are left out at the top only, and a prefix of a name is not the name', () => {
    const both = [seen('a.txt', 'a'), seen('a/b', 'b')]
    expect(differences(...both, seen('sub/.gitignore', 'f'))).toEqual(['extra sub/.gitignore'])
    expect(differences(...both, seen('notes.md', 'f'))).toEqual(['extra notes.md'])
  })

  test('shards say nothing about empty files, and cover a file to its end', () => {
    const shards = readOms(statementOf(SHARDS))
    const file = (size: number) => ({
      path: 'ab:c.bin',
      size,
      digests: new Map([['sha256/8', [digest('a'), digest('b'), digest('c')]]]),
    })
    const empty = { path: 'empty', size: 0, digests: new Map([['sha256/8', []]]) }
    expect(compareOms(shards, [file(20), empty], {})).toEqual([{ path: 'empty', how: 'uncovered' }])
    expect(compareOms(shards, [file(21)], {})).toEqual([{ path: 'ab:c.bin', how: 'changed' }])
  })
})

describe('the subject of a statement', () => {
  const statement = statementOf({
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: 'x', digest: { sha256: digest('a'), sha512: 'b'.repeat(128) } }],
    predicateType: 'p',
    predicate: {},
  })

  test('is the artifact only where every digest that both have is equal', () => {
    expect(subjectFor(statement, { sha256: digest('a') })?.name).toBe('x')
    expect(subjectFor(statement, { sha256: digest('a'), sha512: 'b'.repeat(128) })?.name).toBe('x')
    expect(subjectFor(statement, { sha256: digest('a'), sha512: 'c'.repeat(128) })).toBeUndefined()
    expect(subjectFor(statement, { sha256: digest('b') })).toBeUndefined()
    expect(subjectFor(statement, { sha384: 'a'.repeat(96) })).toBeUndefined()
    expect(subjectFor(statement, {})).toBeUndefined()
  })
})
