import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { weighmaster } from './testing/run.ts'

const SHELLS = { bash: '/bin/bash', zsh: '/usr/bin/zsh', fish: '/usr/bin/fish' }
for (const [name, file] of Object.entries(SHELLS))
  if (!existsSync(file)) console.warn(`skipped: no ${name} on this machine to read the completion script`)

async function script(shell: string): Promise<string> {
  const ran = await weighmaster(['completion', shell])
  expect(ran).toMatchObject({ code: 0, stderr: '' })
  return ran.stdout
}

/** What bash would offer for the last of these words. */
function offered(source: string, words: readonly string[]): string[] {
  const quoted = words.map((w) => `'${w}'`).join(' ')
  const run = spawnSync(
    SHELLS.bash,
    [
      '-c',
      `${source}\nCOMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; _weighmaster; printf '%s\\n' "\${COMPREPLY[@]}"`,
    ],
    { encoding: 'utf8' },
  )
  expect(run.stderr).toBe('')
  return run.stdout.trim().split('\n')
}

describe('completion scripts', () => {
  it.skipIf(!existsSync(SHELLS.bash))(
    'bash completes commands, flags and their values',
    async () => {
      const source = await script('bash')
      expect(offered(source, ['weighmaster', 'sc'])).toEqual(['scan'])
      expect(offered(source, ['weighmaster', 'scan', '--pol'])).toEqual(['--policy'])
      expect(offered(source, ['weighmaster', 'scan', '--format', 'sa'])).toEqual(['sarif'])
      expect(offered(source, ['weighmaster', 'audit', 'verify', '--an'])).toEqual(['--anchor'])
    },
    60_000,
  )

  it.each(['zsh', 'fish'] as const)(
    '%s takes the script without complaint',
    async (shell) => {
      const source = await script(shell)
      expect(source).toContain('scan')
      if (!existsSync(SHELLS[shell])) return
      const run = spawnSync(SHELLS[shell], ['-n'], { input: source, encoding: 'utf8' })
      expect(run).toMatchObject({ status: 0, stderr: '' })
    },
    60_000,
  )

  it('says which shells there are', async () => {
    const ran = await weighmaster(['completion', 'csh'])
    expect(ran).toMatchObject({ code: 4, stderr: expect.stringContaining('bash, zsh, fish') })
  }, 60_000)
})
