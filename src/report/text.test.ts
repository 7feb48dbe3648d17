import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { Report } from '../model/report.ts'
import { columns } from './layout.ts'
import { RAW } from './testing/raw.ts'
import { mixedReport, sampleArtifact, sampleFinding, sampleReport } from './testing/sample-reports.ts'
import { type TextOptions, textReport } from './text.ts'

function write(report: Report, options: Partial<TextOptions> = {}): string {
  return [...textReport(report, { width: 100, colours: false, ...options })].join('')
}

describe('textReport', () => {
  it('opens with the verdict and its reasons', () => {
    const lines = write(mixedReport()).split('\n')
    expect(lines[0]).toBe(' FAIL  3 of 6 files fail; 1 could not be fully inspected')
    expect(lines[2]).toMatch(/^ {2}• models\/evil\.pkl: os\.system is run/)
  })

  it('shows what would run, where, by which rule, and what to do about it', () => {
    const text = write(mixedReport())
    expect(text).toContain("0x2b  os.system('echo inert')")
    expect(text).toMatch(/CRITICAL {4}Pickle runs a known dangerous function +pickle\/sink-called/)
    expect(text).toContain('Fix     Do not load this file.')
    expect(text).toContain('accept-globals:\n    - acme.layers.Attention0')
    expect(text).toMatch(/waivers:\n {4}- rule: pickle\/sink-called\n {6}digest: sha256:[0-9a-f]{64}\n/)
  })

  it('never offers a known dangerous call for acceptance by name', () => {
    expect(write(mixedReport())).not.toMatch(/accept-globals:[^\n]*os\.system|- os\.system/)
  })

  it('says what was not inspected, why, and the way out', () => {
    const text = write(mixedReport())
    expect(text).toContain('truncated: BINUNICODE asks for 1,048,576 bytes, 1,022 are left (at 0xc02)')
    expect(text).toMatch(/Fix {5}Compare its size and digest/)
  })

  it('shows findings of passing files too', () => {
    expect(write(mixedReport())).toMatch(/info +content\/unknown-binary +models\/tokenizer\/vocab\.dat/)
  })

  it.each([60, 80, 120])('keeps to %i columns', (width) => {
    for (const colours of [false, true]) {
      for (const line of write(mixedReport(), { width, colours }).split('\n')) {
        // A digest in the stub is one word to be copied.
        if (!line.includes('sha256:'))
          expect(columns(stripVTControlCharacters(line))).toBeLessThanOrEqual(width)
      }
    }
  })

  it('says the same with colours as without', () => {
    const coloured = write(mixedReport(), { colours: true })
    expect(coloured).toContain('\u001b[')
    expect(stripVTControlCharacters(coloured)).toBe(write(mixedReport()))
  })

  it('lets nothing raw through of hostile names and evidence', () => {
    expect(write(mixedReport(), { showFacts: true })).not.toMatch(RAW)
    const coloured = write(mixedReport(), { colours: true })
    // biome-ignore lint/suspicious/noControlCharactersInRegex: our own colours are taken out, nothing else
    expect(coloured.replaceAll(/\u001b\[\d+m/g, '')).not.toMatch(RAW)
  })

  it('is the verdict alone when quiet', () => {
    const text = write(mixedReport(), { quiet: true })
    expect(text.split('\n')).toHaveLength(7)
    expect(text).toMatch(/^ FAIL /)
  })

  it('says plainly that all is well, that there was nothing, or that something is missing', () => {
    const file = sampleArtifact({ root: 'm.pkl', members: [] })
    expect(write(sampleReport({ artifacts: [file] }))).toMatch(
      /^ PASS {2}1 file \(98 B\) inspected in full; nothing reaches high\n/,
    )
    const folder = sampleArtifact({ root: 'empty', members: [] }, { folder: true, formats: ['folder'] })
    expect(write(sampleReport({ artifacts: [folder], targets: ['empty'] }))).toMatch(
      /^ NO FILES {2}No regular file/,
    )
    const gap = sampleReport({
      findings: [],
      artifacts: [file],
      outcome: 'incomplete',
      outcomes: new Map([[file.id, 'incomplete']]),
      coverage: [{ artifact: file.id, state: 'partial', why: ['encrypted'] }],
    })
    expect(write(gap)).toMatch(/^ INCOMPLETE {2}1 of 1 file could not be fully inspected/)
    expect(write(gap)).toMatch(/waivers:\n {4}- rule: coverage\n {6}digest: sha256:/)
  })

  it('caps long lists and says where the rest is', () => {
    const artifacts = Array.from({ length: 60 }, (_, i) => sampleArtifact({ root: `m${i}.pkl`, members: [] }))
    const findings = artifacts.flatMap((a) =>
      Array.from({ length: 20 }, (_, i) => sampleFinding(a, { message: `call ${i}`, at: { offset: i } })),
    )
    const outcomes = new Map(artifacts.map((a) => [a.id, 'fail'] as const))
    const text = write(sampleReport({ artifacts, findings, outcome: 'fail', outcomes }))
    expect(text).toContain('… and 20 more files')
    expect(text).toContain('… and 12 more (use -f json)')
    expect(text.split('\n').length).toBeLessThan(1_500)
  })
})
