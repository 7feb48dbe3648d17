import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { crc32 } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { slice } from '../bytes/source.ts'
import { base62 } from '../codec/secrets/checksum.ts'
import { type Emission, fact, type Inspector, type Opened } from '../inspect/inspector.ts'
import { displayPath } from '../model/artifact.ts'
import { DEFAULT_LIMITS } from '../model/limits.ts'
import { inspectRoot } from './inspect.ts'

let home: string
beforeAll(() => {
  home = mkdtempSync(path.join(tmpdir(), 'weighmaster-tapping-'))
})
afterAll(() => rmSync(home, { recursive: true }))

/** A token that its issuer could have made; another for every number. */
function token(n: number): string {
  const random = `k7Qz2mXw9RbT4vLs8JhN6cYd3FgP${10 + n}`
  return `ghp_${random}${base62(crc32(random))}`
}

const MIB = 1024 * 1024

/** A made-up format of 3 MiB: what the inspector says of its ranges is the subject of each test. */
async function found(at: readonly number[], inspect: (opened: Opened) => AsyncIterable<Emission>) {
  const bytes = Buffer.alloc(3 * MIB, 'lorem ipsum ')
  bytes.write('BOX ')
  for (const [n, place] of at.entries()) bytes.write(` ${token(n)} `, place)
  const file = path.join(home, 'box')
  writeFileSync(file, bytes)
  const box: Inspector = {
    id: 'box',
    detect: { magic: [{ offset: 0, hex: '42 4f 58' }] },
    facts: { 'box.word': { about: 'for tests', fields: { word: 'string' } } },
    inspect,
  }
  const options = { limits: DEFAULT_LIMITS, digest: true, memberDigests: false, rows: 1000 }
  const { signal } = new AbortController()
  const task = { path: file, display: 'box', size: bytes.length }
  return inspectRoot(task, { inspectors: [box], options, signal, advance: () => undefined })
}

function places({ artifacts, facts }: Awaited<ReturnType<typeof found>>): string[] {
  const names = new Map(artifacts.map(({ id, locator }) => [id, displayPath(locator)]))
  const secrets = facts.filter(({ kind }) => kind === 'secret.found')
  return secrets.map(({ artifact, count, at }) => {
    const place = at && 'offset' in at ? at.offset : at && 'column' in at ? at.column - 1 : -1
    return `${names.get(artifact)} ${place} ×${count}`
  })
}

async function* whole({ bytes }: Opened): AsyncGenerator<Emission> {
  yield { type: 'span', offset: 0, length: bytes.size, as: 'inspected' }
}

test('what straddles two pieces is found once', async () => {
  const at = [100, MIB - 20, 2 * MIB - 2, 2 * MIB + 500, 3 * MIB - 60]
  expect(places(await found(at, whole))).toEqual(at.map((place) => `box ${place + 1} ×1`))
})

test('of bulk data the first and last 4 KiB are seen', async () => {
  const at = [MIB + 1000, MIB + 500_000, 2 * MIB - 1000]
  const result = await found(at, async function* ({ bytes }) {
    yield { type: 'span', offset: 0, length: MIB, as: 'inspected' }
    yield { type: 'span', offset: MIB, length: MIB, as: 'opaque' }
    yield { type: 'span', offset: 2 * MIB, length: bytes.size - 2 * MIB, as: 'inspected' }
  })
  expect(places(result)).toEqual([`box ${MIB + 1001} ×1`, `box ${2 * MIB - 999} ×1`])
})

test('what is a child of its own is not read twice', async () => {
  const result = await found([MIB + 500_000], async function* ({ bytes }) {
    yield { type: 'child', name: 'inner', bytes: slice(bytes, MIB, MIB) }
    yield { type: 'span', offset: 0, length: bytes.size, as: 'inspected' }
  })
  expect(places(result)).toEqual(['box!/inner 500001 ×1'])
})

test('what another part quotes is redacted, cut off or whole', async () => {
  const result = await found([100], async function* (opened) {
    for (const word of [token(0), `x=${token(0).slice(0, 22)}`, token(0).slice(8)])
      yield fact('box.word', { word }, undefined, word)
    yield* whole(opened)
  })
  expect(JSON.stringify(result.facts)).not.toContain(token(0).slice(12, 20))
  expect(result.facts.filter(({ kind }) => kind === 'box.word')).toHaveLength(3)
})
