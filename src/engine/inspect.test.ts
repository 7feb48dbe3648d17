import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { slice } from '../bytes/source.ts'
import { type Emission, fact, type Inspector, type Opened } from '../inspect/inspector.ts'
import { displayPath } from '../model/artifact.ts'
import { DEFAULT_LIMITS, type Limits } from '../model/limits.ts'
import { FormatError } from '../model/trouble.ts'
import { inspectRoot } from './inspect.ts'
import type { Inspected } from './node.ts'

let home: string
beforeAll(() => {
  home = mkdtempSync(path.join(tmpdir(), 'weighmaster-inspect-'))
})
afterAll(() => rmSync(home, { recursive: true }))

/** A made-up format: `BOX`, then the inspector given. What it does is the subject of each test. */
function box(inspect: (opened: Opened) => AsyncIterable<Emission>, more: Partial<Inspector> = {}): Inspector {
  const shape = { about: 'for tests', fields: { word: 'string' as const } }
  return {
    id: 'box',
    detect: { magic: [{ offset: 0, hex: '42 4f 58' }] },
    facts: { 'box.word': shape },
    inspect,
    ...more,
  }
}

async function inspect(
  name: string,
  content: string,
  inspectors: readonly Inspector[],
  limits: Partial<Limits> = {},
) {
  const file = path.join(home, name)
  writeFileSync(file, content, 'latin1')
  const options = { limits: { ...DEFAULT_LIMITS, ...limits }, digest: true, memberDigests: false, rows: 1000 }
  const { signal } = new AbortController()
  return inspectRoot(
    { path: file, display: name, size: content.length },
    { inspectors, options, signal, advance: () => undefined },
  )
}

const paths = (r: Inspected) => r.artifacts.map((a) => displayPath(a.locator))
const states = (r: Inspected) =>
  r.coverage.map((c) => [r.artifacts.find((a) => a.id === c.artifact)?.name, c.state])
const kinds = (r: Inspected) => r.facts.map((f) => f.kind)
const all = (opened: Opened): Emission => ({
  type: 'span',
  offset: 0,
  length: opened.bytes.size,
  as: 'inspected',
})

describe('accounting for every byte', () => {
  test('an artifact that is fully spanned is fully covered, and hashed', async () => {
    const result = await inspect('a.box', 'BOX', [
      box(async function* (o) {
        yield all(o)
      }),
    ])
    expect(states(result)).toEqual([['a.box', 'full']])
    expect(result.artifacts[0]).toMatchObject({
      formats: ['box'],
      digests: [{ algorithm: 'sha256', origin: 'computed' }],
    })
  })

  test('bytes that no inspector spans become a region, and one that nothing recognises is not covered', async () => {
    const partly = box(async function* () {
      yield { type: 'span', offset: 0, length: 3, as: 'inspected' }
    })
    const result = await inspect('b.box', 'BOXjunk', [partly])
    expect(paths(result)).toEqual(['b.box', 'b.box!/@3'])
    expect(states(result)).toEqual([
      ['@3', 'none'],
      ['b.box', 'full'],
    ])
    expect(kinds(result)).toContain('entry.unaccounted')
  })

  test('zero padding is inert', async () => {
    const partly = box(async function* () {
      yield { type: 'span', offset: 0, length: 3, as: 'inspected' }
    })
    const result = await inspect('c.box', `BOX${'\0'.repeat(5000)}`, [partly])
    expect(states(result)).toEqual([['c.box', 'full']])
  })

  test('a second format in the same bytes is inspected too, and the spans are joined', async () => {
    const head = box(async function* () {
      yield { type: 'span', offset: 0, length: 3, as: 'inspected' }
    })
    const tail: Inspector = {
      ...box(async function* () {
        yield { type: 'span', offset: 3, length: 3, as: 'inspected' }
      }),
      id: 'end',
      detect: { magic: [{ offset: -3, hex: '45 4e 44' }] },
    }
    const result = await inspect('d.box', 'BOXEND', [head, tail])
    expect(states(result)).toEqual([['d.box', 'full']])
    expect(result.artifacts[0]?.formats).toEqual(['box', 'end'])
  })
})

describe('trouble', () => {
  test('a thrown FormatError keeps what was stated before it', async () => {
    const broken = box(async function* () {
      yield fact('box.word', { word: 'before' }, { offset: 1 })
      throw new FormatError('truncated', 'the box ends early', 3)
    })
    const result = await inspect('e.box', 'BOX', [broken])
    expect(kinds(result)).toEqual(expect.arrayContaining(['box.word', 'parse.truncated']))
    expect(result.coverage[0]).toMatchObject({ state: 'partial', why: expect.arrayContaining(['truncated']) })
  })

  test('a bug of ours is a result as well, never an exception', async () => {
    const buggy = box(async function* () {
      yield fact('box.word', { word: 'x' })
      throw new TypeError('undefined is not a function')
    })
    const result = await inspect('f.box', 'BOX', [buggy])
    expect(kinds(result)).toContain('parse.internal')
    expect(result.coverage[0]?.why).toContain('internal')
  })

  test('a file that cannot be opened is an artifact without coverage', async () => {
    const options = { limits: DEFAULT_LIMITS, digest: true, memberDigests: false, rows: 1000 }
    const { signal } = new AbortController()
    const result = await inspectRoot(
      { path: path.join(home, 'gone'), display: 'gone', size: 9 },
      { inspectors: [], options, signal, advance: () => undefined },
    )
    expect(result.coverage[0]).toMatchObject({ state: 'none', why: ['unreadable'] })
  })

  test('boxes in boxes end at the depth limit', async () => {
    const nested = box(async function* (o) {
      yield all(o)
      yield { type: 'child', name: 'inner', bytes: slice(o.bytes, 0, o.bytes.size) }
    })
    const result = await inspect('g.box', 'BOX', [nested], { depth: 4 })
    expect(result.artifacts).toHaveLength(5)
    expect(kinds(result)).toContain('parse.limit')
  })

  test('distinct facts are bounded, and the bound is told', async () => {
    const chatty = box(async function* (o) {
      yield all(o)
      for (let i = 0; i < 50; i++) yield fact('box.word', { word: String(i) })
    })
    const result = await inspect('h.box', 'BOX', [chatty], { facts: 10 })
    expect(result.facts.length).toBeLessThan(15)
    expect(result.coverage[0]).toMatchObject({ state: 'partial', why: ['limit'] })
  })
})

describe('what nobody claims', () => {
  test('an unknown binary passes with a fact; with a name that a loader opens it is not covered', async () => {
    const named = box(
      async function* (o) {
        yield all(o)
      },
      { detect: { suffix: ['.box'], magic: [{ offset: 0, hex: '42 4f 58' }] } },
    )
    const unknown = await inspect('weights.dat', '\x01\x02\x03', [named])
    expect([kinds(unknown), states(unknown)]).toEqual([['content.unknown-binary'], [['weights.dat', 'full']]])
    const promising = await inspect('weights.box', '\x01\x02\x03', [named])
    expect(states(promising)).toEqual([['weights.box', 'none']])
  })

  test('a name that promises another format than the content has is stated', async () => {
    const other: Inspector = { id: 'crate', detect: { suffix: ['.crate'] }, facts: {} }
    const result = await inspect('i.crate', 'BOX', [
      box(async function* (o) {
        yield all(o)
      }),
      other,
    ])
    expect(result.facts[0]).toMatchObject({
      kind: 'content.name-mismatch',
      data: { claimed: 'crate', actual: 'box' },
    })
  })

  test('opaque bytes that only look like a format at first are no trouble; a real one is stated', async () => {
    const picky = box(async function* (o) {
      if (o.bytes.size < 6) throw new FormatError('corrupt', 'no box after all')
      yield all(o)
      yield fact('box.word', { word: 'found' })
    })
    const holder = (content: string): Inspector => ({
      ...box(async function* (o) {
        yield all(o)
        yield { type: 'child', name: 'tensor', bytes: slice(o.bytes, 4, content.length), opaque: true }
      }),
      id: 'holder',
      detect: { magic: [{ offset: 0, hex: '48 4f 4c 44' }] },
    })
    const coincidence = await inspect('j', 'HOLDBOX', [holder('BOX'), picky])
    expect(states(coincidence)).toEqual([
      ['tensor', 'full'],
      ['j', 'full'],
    ])
    const disguise = await inspect('k', 'HOLDBOXBOX', [holder('BOXBOX'), picky])
    expect(kinds(disguise)).toEqual(['box.word', 'content.disguised'])
  })
})

test('members of one name are different artifacts', async () => {
  const twins = box(async function* (o) {
    yield all(o)
    for (let i = 0; i < 3; i++) yield { type: 'child', name: 'same', bytes: slice(o.bytes, i, 1) }
  })
  const result = await inspect('l.box', 'BOX', [twins])
  expect(paths(result)).toEqual(['l.box', 'l.box!/same', 'l.box!/same#2', 'l.box!/same#3'])
  expect(new Set(result.artifacts.map((a) => a.id)).size).toBe(4)
})
