import { describe, expect, test } from 'vitest'
import { type AuditEntry, auditLine, verifyAudit } from './audit.ts'

const ENTRY: AuditEntry = {
  time: '2026-11-22T12:00:00.000Z',
  who: 'me@host',
  tool: { name: 'weighmaster', version: '0.1.0' },
  targets: [{ path: 'models\u2028"x"', files: 2, sha256: null }],
  policy: { name: 'balanced', digest: 'd', failOn: 'high' },
  rulesDigest: 'r',
  outcome: 'pass',
  exitCode: 0,
  waivers: [],
}

function log(length: number): string[] {
  const lines: string[] = []
  for (let i = 0; i < length; i++) lines.push(auditLine({ ...ENTRY, exitCode: i }, lines.at(-1)))
  return lines
}

test('a chain verifies, and an empty log too', () => {
  expect(verifyAudit([])).toEqual({ ok: true, entries: 0, head: '0'.repeat(64) })
  expect(verifyAudit(log(5))).toMatchObject({ ok: true, entries: 5 })
})

test('a line is one line of JSON that begins with its number', () => {
  const [, second] = log(2)
  expect(second).not.toContain('\n')
  expect(JSON.parse(second ?? '')).toMatchObject({ seq: 2, who: 'me@host', exitCode: 1 })
})

describe('is broken where', () => {
  const lines = log(6)
  const edit = (line: string | undefined) => (line ?? '').replace('"outcome":"pass"', '"outcome":"fail"')

  test.each<[string, string[], number]>([
    ['a line was edited', lines.with(2, edit(lines[2])), 3],
    ['the last line was edited', lines.with(5, edit(lines[5])), 6],
    ['a line was removed', lines.toSpliced(2, 1), 3],
    ['the first line was removed', lines.slice(1), 1],
    ['several were cut from the middle', lines.toSpliced(1, 3), 2],
    ['two were exchanged', lines.with(2, lines[3] ?? '').with(3, lines[2] ?? ''), 3],
    ['a line was repeated', lines.toSpliced(2, 0, lines[1] ?? ''), 3],
    ['a line was cut', lines.with(5, (lines[5] ?? '').slice(0, 100)), 6],
    ['a line of something else came in', lines.toSpliced(4, 0, '{}'), 5],
    ['an empty line came in', lines.toSpliced(4, 0, ''), 5],
    ['white space was added', lines.with(3, `${lines[3]} `), 4],
  ])('%s', (_, changed, brokenAt) => {
    expect(verifyAudit(changed)).toMatchObject({ ok: false, brokenAt })
  })

  test('a line was written anew with a hash of its own', () => {
    const forged = auditLine({ ...ENTRY, outcome: 'pass', exitCode: 9 }, lines[1])
    expect(verifyAudit(lines.with(2, forged))).toMatchObject({ ok: false, brokenAt: 4 })
  })
})

describe('what a chain alone cannot show, an anchor does', () => {
  const lines = log(6)
  const whole = verifyAudit(lines)
  const anchor = whole.ok ? whole.head : ''

  test('a cut tail verifies by itself, not against the head seen before', () => {
    expect(verifyAudit(lines.slice(0, 4))).toMatchObject({ ok: true })
    expect(verifyAudit(lines.slice(0, 4), anchor)).toMatchObject({ ok: false, brokenAt: 5 })
  })

  test('so does a log that was written anew', () => {
    const anew: string[] = []
    for (let i = 0; i < 6; i++) anew.push(auditLine({ ...ENTRY, who: 'somebody' }, anew.at(-1)))
    expect(verifyAudit(anew)).toMatchObject({ ok: true })
    expect(verifyAudit(anew, anchor)).toMatchObject({ ok: false })
  })

  test('a log that grew since still has it', () => {
    expect(verifyAudit([...lines, auditLine(ENTRY, lines.at(-1))], anchor)).toMatchObject({
      ok: true,
      entries: 7,
    })
  })
})

test('nothing is appended to a broken line', () => {
  expect(() => auditLine(ENTRY, '{"seq":1}')).toThrow('the last line of the audit log is broken')
})
