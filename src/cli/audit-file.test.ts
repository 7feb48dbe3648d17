import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Artifact, artifactId } from '../model/artifact.ts'
import type { Report } from '../model/report.ts'
import { auditEntry } from '../report/audit.ts'
import { appendAuditEntry, verifyAuditFile } from './audit-file.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'weighmaster-audit-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function artifactOf(root: string, parent?: string, hex?: string): Artifact {
  const locator = { root, members: [] }
  const up = parent === undefined ? {} : { parent }
  const digests = hex ? [{ algorithm: 'sha256', hex, origin: 'computed' } as const] : []
  const size = hex ? { size: 3 } : {}
  return { id: artifactId(locator), ...up, locator, name: root, formats: [], digests, ...size }
}

function reportOf(root: string): Report {
  const top = artifactOf(root)
  const files = ['b', 'a'].map((name) => artifactOf(`${root}/${name}`, top.id, name.repeat(64)))
  const waived = { finding: 'f', rule: 'a/b', reason: 'reviewed', owner: 'me' }
  return {
    tool: { name: 'weighmaster', version: '0.1.0', rulesDigest: 'r' },
    policy: { name: 'balanced', digest: 'd', failOn: 'high' },
    targets: [root],
    artifacts: [top, ...files],
    facts: [],
    coverage: [],
    findings: [],
    verdict: {
      outcome: 'pass',
      reasons: [],
      failing: [],
      waived: [waived, { ...waived, finding: 'g' }],
      warnings: [],
      outcomes: new Map(),
    },
  }
}

const entry = (root = 'models') =>
  auditEntry(reportOf(root), { time: new Date(0), who: 'me@host', exitCode: 0 })

test('an entry says what was judged, by what, and what was waived', () => {
  expect(entry()).toMatchObject({
    time: '1970-01-01T00:00:00.000Z',
    who: 'me@host',
    targets: [{ path: 'models', files: 2, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) }],
    waivers: [{ rule: 'a/b', reason: 'reviewed', owner: 'me', findings: 2 }],
  })
})

test('the digest of a folder does not depend on where it is', () => {
  expect(entry('elsewhere/models').targets[0]?.sha256).toBe(entry().targets[0]?.sha256)
})

test('lines are appended and verify, whatever the file names', async () => {
  const file = path.join(folder, 'names.log')
  for (const name of ['plain', 'line\u2028break', 'new\nline', '\u0000\ud800', '😀'.repeat(40_000)]) {
    await appendAuditEntry(file, entry(name))
  }
  expect(await verifyAuditFile(file)).toMatchObject({ ok: true, entries: 5 })
  expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(6)
})

test('runs that append at once take turns', async () => {
  const file = path.join(folder, 'parallel.log')
  await Promise.all(Array.from({ length: 12 }, (_, i) => appendAuditEntry(file, entry(`run-${i}`))))
  expect(await verifyAuditFile(file)).toMatchObject({ ok: true, entries: 12 })
  expect(readdirSync(folder).filter((name) => name.endsWith('.lock'))).toEqual([])
})

test('a log that ends in the middle of a line is not continued', async () => {
  const file = path.join(folder, 'torn.log')
  await appendAuditEntry(file, entry())
  appendFileSync(file, '{"seq":2,')
  await expect(appendAuditEntry(file, entry())).rejects.toThrow('ends in the middle of a line')
  expect(await verifyAuditFile(file)).toMatchObject({ ok: false, brokenAt: 2 })
})

test('another file is not mistaken for a log', async () => {
  const file = path.join(folder, 'notes.txt')
  writeFileSync(file, 'my notes\n')
  await expect(appendAuditEntry(file, entry())).rejects.toThrow(
    /notes\.txt: the last line of the audit log is broken/,
  )
  expect(readFileSync(file, 'utf8')).toBe('my notes\n')
  expect(await verifyAuditFile(file)).toMatchObject({ ok: false, brokenAt: 1 })
  await expect(verifyAuditFile(path.join(folder, 'none'))).rejects.toThrow('cannot be read (ENOENT)')
})
