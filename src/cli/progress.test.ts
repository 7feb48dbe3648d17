import { describe, expect, it } from 'vitest'
import { columns } from '../report/layout.ts'
import { RAW } from '../report/testing/raw.ts'
import { HOSTILE_NAME } from '../report/testing/sample-reports.ts'
import { ProgressLine } from './progress.ts'

function screen(width: number) {
  const written: string[] = []
  const clock = { now: 0 }
  const terminal = { columns: width, write: (text: string) => written.push(text) }
  const line = new ProgressLine(terminal, () => clock.now)
  const last = () => written.at(-1)?.replace('\r\u001b[2K', '') ?? ''
  return { written, clock, line, last }
}

describe('ProgressLine', () => {
  it('says how far, how fast and how long', () => {
    const { clock, line, last } = screen(120)
    line.on({ kind: 'found', files: 4, bytes: 4e9 })
    line.on({ kind: 'done', path: 'models/a.pt' })
    clock.now = 2_000
    line.on({ kind: 'advance', bytes: 1e9 })
    expect(last()).toBe('25 % of 4.0 GB · 1 of 4 files · 500 MB/s · 6 s left · models/a.pt')
  })

  it('shows nothing of a short scan, and draws at most ten times a second', () => {
    const { written, clock, line } = screen(80)
    line.on({ kind: 'found', files: 1, bytes: 1e6 })
    for (clock.now = 0; clock.now < 400; clock.now++) line.on({ kind: 'advance', bytes: 10 })
    line.clear()
    expect(written).toEqual([])
    for (; clock.now < 1_400; clock.now++) line.on({ kind: 'advance', bytes: 10 })
    expect(written).toHaveLength(10)
  })

  it('fits one line of any terminal and leaves nothing behind', () => {
    for (const width of [20, 40, 80]) {
      const { written, clock, line, last } = screen(width)
      line.on({ kind: 'found', files: 1_000_000, bytes: 5e12 })
      clock.now = 60_000
      line.on({ kind: 'done', path: `models/${'深'.repeat(100)}.bin` })
      expect(columns(last())).toBeLessThan(width)
      line.clear()
      expect(written.at(-1)).toBe('\r\u001b[2K')
    }
  })

  it('lets no file name play with the terminal', () => {
    const { clock, line, last } = screen(200)
    clock.now = 1_000
    line.on({ kind: 'done', path: HOSTILE_NAME })
    expect(last()).not.toMatch(RAW)
  })
})
