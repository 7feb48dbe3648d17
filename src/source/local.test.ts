import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { UsageError } from '../model/trouble.ts'
import { walkTarget } from './local.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'weighmaster-walk-'))
})
afterEach(() => rmSync(home, { recursive: true }))

function write(name: string, content = 'x'): void {
  mkdirSync(path.dirname(path.join(home, name)), { recursive: true })
  writeFileSync(path.join(home, name), content)
}

const inside = (display: string) => path.posix.relative(home, display)

describe('walking a folder', () => {
  test('finds every file, hidden ones too, in code-point order', async () => {
    for (const name of ['b.pt', 'a/z.bin', '.hidden/x', 'a/A.bin', 'B.pt']) write(name)
    const { files } = await walkTarget(home, {})
    expect(files.map((f) => inside(f.display))).toEqual(['.hidden/x', 'B.pt', 'a/A.bin', 'a/z.bin', 'b.pt'])
  })

  test('include and exclude look at the path inside the target and at the name', async () => {
    for (const name of ['a/x.pt', 'a/y.bin', 'x.pt', 'cache/x.pt']) write(name)
    const { files } = await walkTarget(home, { include: ['*.pt'], exclude: ['cache/**'] })
    expect(files.map((f) => inside(f.display))).toEqual(['a/x.pt', 'x.pt'])
  })

  test('a link that leaves is stated and not followed; one that stays is followed', async () => {
    write('real/model.pkl')
    symlinkSync('/etc/hostname', path.join(home, 'out'))
    symlinkSync('model.pkl', path.join(home, 'real', 'alias.pkl'))
    symlinkSync('nowhere', path.join(home, 'dangling'))
    const { files, met } = await walkTarget(home, {})
    expect(files.map((f) => inside(f.display))).toEqual(['real/alias.pkl', 'real/model.pkl'])
    expect(met.map((m) => [inside(m.display), m.fact.kind, m.uninspected])).toEqual([
      ['dangling', 'entry.link', false],
      ['out', 'entry.link', true],
    ])
  })

  test('links among folders cannot make it go round', async () => {
    write('a/x')
    symlinkSync('..', path.join(home, 'a', 'up'))
    const { files } = await walkTarget(home, {})
    expect(files.map((f) => inside(f.display))).toEqual(['a/x'])
  })

  test('a snapshot of a Hugging Face cache is followed into its own blobs only', async () => {
    write('models--org--name/blobs/abc', 'weights')
    write('secret')
    mkdirSync(path.join(home, 'models--org--name/snapshots/rev'), { recursive: true })
    symlinkSync('../../blobs/abc', path.join(home, 'models--org--name/snapshots/rev/model.bin'))
    symlinkSync('../../../secret', path.join(home, 'models--org--name/snapshots/rev/out'))
    const { files, met } = await walkTarget(path.join(home, 'models--org--name/snapshots/rev'), {})
    expect(files.map((f) => [path.basename(f.display), f.size])).toEqual([['model.bin', 7]])
    expect(met.map((m) => path.basename(m.display))).toEqual(['out'])
  })

  test.skipIf(process.platform === 'win32')('a pipe is stated and never opened', async () => {
    execFileSync('mkfifo', [path.join(home, 'pipe')])
    const { files, met } = await walkTarget(home, {})
    expect(files).toEqual([])
    expect(met.map((m) => [m.fact.kind, m.fact.data.kind])).toEqual([['entry.special', 'fifo']])
  })
})

test("a target that does not exist is the user's mistake, named", async () => {
  await expect(walkTarget(path.join(home, 'nothing'), {})).rejects.toThrow(UsageError)
  await expect(walkTarget(path.join(home, 'nothing'), {})).rejects.toThrow(/nothing: no such file or folder/)
})
