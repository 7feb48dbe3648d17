import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { loadRoot } from './root.ts'
import { type TestInstance, testInstance } from './testing/instance.ts'
import { type Loose, tampered } from './testing/material.ts'
import { tufRepository } from './testing/tuf.ts'
import { fetchRoot } from './tuf.ts'

let folder: string
let instance: TestInstance

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'weighmaster-tuf-'))
  instance = await testInstance()
  return async () => {
    rmSync(folder, { recursive: true, force: true })
    await instance[Symbol.asyncDispose]()
  }
})

const rootText = () => JSON.stringify(instance.root)

describe('trust update', () => {
  test('fetches the root that the repository signs, and later runs use it', async () => {
    await using repo = await tufRepository(folder, rootText())
    const { text, root } = await fetchRoot(folder, 'stored', repo)
    expect(text).toBe(rootText())
    const stored = path.join(folder, 'stored.json')
    writeFileSync(stored, text)
    expect((await loadRoot(undefined, stored)).digest).toBe(root.digest)
    expect((await loadRoot(undefined, path.join(folder, 'nowhere'))).origin).toBe('shipped')
  })

  test.each<[string, (metadata: Map<string, Loose>, resign: (role: string) => void) => void]>([
    ['targets that are signed by nobody', (m) => (m.get('targets').signatures[0].sig = '00'.repeat(64))],
    [
      'targets changed after signing',
      (m) => (m.get('targets').signed.targets['trusted_root.json'].length = 1),
    ],
    [
      'a timestamp that has expired',
      (m, resign) => {
        m.get('timestamp').signed.expires = '2020-01-01T00:00:00Z'
        resign('timestamp')
      },
    ],
    [
      'a snapshot of another version',
      (m, resign) => {
        m.get('snapshot').signed.version = 7
        resign('snapshot')
      },
    ],
    [
      'a target of another hash',
      (m, resign) => {
        m.get('targets').signed.targets['trusted_root.json'].hashes.sha256 = '0'.repeat(64)
        resign('targets')
      },
    ],
  ])('refuses %s', async (_, change) => {
    await using repo = await tufRepository(folder, rootText(), change)
    await expect(fetchRoot(folder, 'stored', repo)).rejects.toThrow(/cannot be refreshed/)
  })

  test('refuses a signed root without bounds: signatures do not make it fit for use', async () => {
    const text = tampered(instance.root, (r) => delete r.tlogs[0].publicKey.validFor.start).toString()
    await using repo = await tufRepository(folder, text)
    await expect(fetchRoot(folder, 'stored', repo)).rejects.toThrow(/validFor\.start/)
  })

  test('refuses a repository that another key signs', async () => {
    await using repo = await tufRepository(folder, rootText())
    const other = await tufRepository(folder, rootText())
    await using _ = other
    await expect(fetchRoot(folder, 'stored', { ...repo, tufRoot: other.tufRoot })).rejects.toThrow(
      /cannot be refreshed/,
    )
  })
})

test('the shipped files are those that their README names', async () => {
  const trust = path.join(import.meta.dirname, '..', '..', 'trust')
  const readme = readFileSync(path.join(trust, 'README.md'), 'utf8')
  for (const file of ['public-good.json', 'npm-keys.json']) {
    const sha256 = createHash('sha256')
      .update(readFileSync(path.join(trust, file)))
      .digest('hex')
    expect(readme).toContain(sha256)
  }
  const root = await loadRoot(undefined, undefined)
  expect(root).toMatchObject({ origin: 'shipped', hasLog: true, hasCtLog: true })
})
