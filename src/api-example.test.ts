import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = path.join(import.meta.dirname, '..')

describe('docs/api.md', () => {
  it('has an example that runs as it stands', () => {
    const [, example = ''] =
      /```ts\n([\s\S]*?)```/.exec(readFileSync(path.join(ROOT, 'docs', 'api.md'), 'utf8')) ?? []
    expect(example).toContain("from 'weighmaster'")
    const source = example.replace("'weighmaster'", JSON.stringify(path.join(ROOT, 'src', 'index.ts')))
    const ran = spawnSync(process.execPath, ['--input-type=module-typescript', '-e', source], {
      cwd: ROOT,
      encoding: 'utf8',
    })
    expect(ran.stderr).toBe('')
    expect(ran.stdout).toMatch(/^fail\ncritical pickle\/sink-called: .*model\.pkl/)
    expect(ran.stdout).toContain("algorithm: 'sha256'")
  }, 60_000)
})
