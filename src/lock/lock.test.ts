import { spawn } from 'node:child_process'
import { hash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Lock, LockEntry } from '../model/lock.ts'
import { UsageError } from '../model/trouble.ts'
import { compare, type Observed } from './compare.ts'
import { readManifest } from './manifest.ts'
import { readLock } from './read.ts'
import { storeAtomically } from './store.ts'
import { treeDigest } from './tree.ts'
import { lockText } from './write.ts'

const X = '1'.repeat(64)
const Y = '2'.repeat(64)

const entry = (files: Readonly<Record<string, string>>, at = 'artifacts/models/a/b'): LockEntry => {
  const list = Object.entries(files).map(([file, sha256]) => ({
    path: file,
    size: 3,
    sha256,
    origin: 'claimed' as const,
  }))
  return {
    asked: { kind: 'models', ref: 'hf:a/b@main', include: [], exclude: [], owners: [], path: at },
    resolved: { endpoint: 'https://huggingface.co', id: 'a/b', pin: 'c'.repeat(40) },
    treeDigest: treeDigest(list),
    files: list,
    edges: [],
    capabilities: [],
  }
}
const bytes = (lock: Lock | string) => Buffer.from(typeof lock === 'string' ? lock : lockText(lock))
const reading = (text: string) => () => readLock(bytes(text), 'l')

describe('the lock as text', () => {
  const lock: Lock = {
    entries: [entry({ 'z.bin': X, 'a.json': Y, __proto__x: X }), entry({ f: Y }, 'artifacts/models/Z')],
  }

  it('reads back as it was written, byte for byte', () => {
    const text = lockText(lock)
    expect(lockText(readLock(bytes(text), 'l'))).toBe(text)
    expect(text.endsWith('}\n')).toBe(true)
    expect(text).not.toContain('\r')
  })

  it('has one file to a line, in code-point order', () => {
    const files = lockText(lock)
      .split('\n')
      .filter((line) => line.includes('"sha256"'))
    expect(files.map((line) => line.trim().split('"')[1])).toEqual(['f', '__proto__x', 'a.json', 'z.bin'])
  })

  it('has the tree digest that the contract defines', () => {
    // sha256 of `["a","11…"]\n["b","22…"]\n`
    const lines = `${JSON.stringify(['a', X])}\n${JSON.stringify(['b', Y])}\n`
    const expected = hash('sha256', lines, 'hex')
    expect(
      treeDigest([
        { path: 'b', sha256: Y },
        { path: 'a', sha256: X },
      ]),
    ).toBe(`sha256:${expected}`)
  })

  const text = lockText({ entries: [entry({ f: X })] })
  it.each([
    ['a newer version', text.replace('"lockVersion": 1', '"lockVersion": 2'), /use a newer one/],
    [
      'conflict markers',
      text.replace('  "lockVersion', '<<<<<<< HEAD\n  "lockVersion'),
      /l:\d+: conflict markers/,
    ],
    ['a key twice', text.replace('"f": {', '"f": {},\n        "f": {'), /twice/],
    ['traversal', text.replace('"f": {', '"../f": {'), /leave its folder/],
    ['an absolute path', text.replace('"f": {', '"/etc/f": {'), /absolute/],
    ['a backslash', text.replace('"f": {', '"a\\\\f": {'), /backslash/],
    ['a path out of the project', text.replace('artifacts/models/a/b', '../../home'), /leave the project/],
    ['a changed digest', text.replace(X, Y), /digest of these files/],
    [
      'an unknown key',
      text.replace('"purl"', '"url"').replace('"asked"', '"extra": 1, "asked"'),
      /unknown key 'extra'/,
    ],
    ['a negative size', text.replace('"size":3', '"size":-3'), /whole number/],
    ['text', 'hello', /no lock that can be read/],
    ['nothing', '', /no lock that can be read/],
    ['a list', '[]', /must be an object/],
    ['an unknown scheme', text.replace('hf:a/b@main', 's3:x'), /unknown scheme/],
    ['a file in a file', lockText({ entries: [entry({ f: X, 'f/g': X })] }), /inside the file/],
    ['two entries at one place', lockText({ entries: [entry({ f: X }), entry({ f: X })] }), /two entries/],
  ])('%s is refused', (_, broken, why) => {
    expect(reading(broken)).toThrow(UsageError)
    expect(reading(broken)).toThrow(why)
  })
})

describe('compare', () => {
  const there = (file: string, sha256: string, more: Partial<Observed> = {}): Observed => ({
    path: file,
    size: 3,
    sha256,
    ...more,
  })
  const kinds = (locked: LockEntry, observed: readonly Observed[]) =>
    compare(locked, observed).map(({ path: file, fact }) => `${fact.kind} ${file}`)

  it.each([
    ['nothing', { a: X }, [there('a', X)], []],
    ['missing', { a: X, b: Y }, [there('a', X)], ['lock.missing b']],
    ['extra', { a: X }, [there('a', X), there('b', Y)], ['lock.extra b']],
    ['changed', { a: X }, [there('a', Y)], ['lock.changed a']],
    ['another size', { a: X }, [there('a', X, { size: 4 })], ['lock.changed a']],
    ['renamed', { a: X }, [there('b', X)], ['lock.renamed b']],
    ['a link', { a: X }, [there('a', X, { link: '/tmp/x' })], ['lock.link a']],
    ['case', { a: X }, [there('a', X), there('A', X)], ['lock.collision A']],
    ['Unicode', { é: X }, [there('é', X), there('e\u0301', X)], ['lock.collision e\u0301']],
    ['locked names that collide', { a: X, A: Y }, [there('a', X), there('A', Y)], ['lock.collision A']],
    ['unreadable', { a: X }, [there('a', X, { sha256: undefined })], []],
  ])('finds %s', (_, locked, observed, expected) => {
    expect(kinds(entry(locked), observed)).toEqual(expected)
  })
})

describe('readManifest', () => {
  const read = (text: string) => readManifest(text, 'w.yaml')

  it('takes strings and objects, with their places', () => {
    const { entries, policy } = read(
      'policy: strict\nmodels:\n  - hf:a/b@main\n  - { ref: "ollama:x:1", path: ./m/x/, include: ["*.json"], owners: [me] }\nprompts: ["file:./p"]\n',
    )
    expect(policy).toBe('strict')
    expect(entries.map(({ asked }) => [asked.kind, asked.path])).toEqual([
      ['models', 'artifacts/models/a/b'],
      ['models', 'm/x'],
      ['prompts', './p'],
    ])
    expect(entries[1]?.place).toBe('w.yaml:4:5')
  })

  it.each([
    ['models: [s3:x]', /w\.yaml:1:10: models\[0\]: 's3:x': unknown scheme/],
    ['models: [{ ref: "hf:a/b", rev: x }]', /unknown key 'rev'/],
    ['models: [{ path: x }]', /'ref' is missing/],
    ['models: ["hf:a/b", "hf:a/b@v1"]', /two entries would write artifacts\/models\/a\/b/],
    ['models: [{ ref: "hf:a/b", path: x }, { ref: "hf:c/d", path: x/y }]', /x and x\/y inside it/],
    ['models: [{ ref: "hf:a/b", path: ../x }]', /may not be written to/],
    ['models: [{ ref: "hf:a/b", path: /x }]', /may not be written to/],
    ['models: [{ ref: "file:x", path: y }]', /stays where it is/],
    ['models: [{ ref: "hf:a/b", include: ["../x"] }]', /without \.\./],
    ['model: []', /unknown key 'model'/],
    ['models: [3]', /must be a mapping, is a number/],
  ])('%s', (text, why) => {
    expect(() => read(text)).toThrow(UsageError)
    expect(() => read(text)).toThrow(why)
  })
})

describe('storeAtomically', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'weighmaster-store-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('replaces the whole file and leaves nothing else', async () => {
    writeFileSync(path.join(folder, 'l'), 'old')
    await storeAtomically(path.join(folder, 'l'), 'new')
    expect(readFileSync(path.join(folder, 'l'), 'utf8')).toBe('new')
    expect(readdirSync(folder)).toEqual(['l'])
  })

  it('leaves the old or the new whole, whenever the process is killed', async () => {
    const file = path.join(folder, 'l')
    const module = new URL('./store.ts', import.meta.url).href
    const loop = `import(${JSON.stringify(module)}).then(async ({ storeAtomically }) => {
      for (let n = 0; ; n++) await storeAtomically(${JSON.stringify(file)}, String(n % 2).repeat(3_000_000))
    })`
    for (const wait of [0, 7, 13]) {
      const child = spawn(process.execPath, ['-e', loop], { stdio: 'ignore' })
      while (!existsSync(file)) await sleep(5)
      await sleep(wait)
      const ended = new Promise((resolve) => {
        child.once('exit', resolve)
      })
      child.kill('SIGKILL')
      await ended
      const text = readFileSync(file, 'utf8')
      expect(['0', '1'].map((mark) => mark.repeat(3_000_000))).toContain(text)
      rmSync(file)
    }
  }, 30_000)

  it('says in one line why it cannot', async () => {
    await expect(storeAtomically(path.join(folder, 'no', 'l'), 'x')).rejects.toThrow(
      /cannot be written \(ENOENT\)/,
    )
  })
})
