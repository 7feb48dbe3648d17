import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { weighmaster } from './cli/testing/run.ts'

const ROOT = path.join(import.meta.dirname, '..')
const text = (name: string) => readFileSync(path.join(ROOT, name), 'utf8')
const yaml = (name: string) => parse(text(name))

interface Step {
  readonly uses?: string
  readonly run?: string
  readonly env?: Record<string, string>
}

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'weighmaster-pipeline-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Runs the action's script as GitHub would, with an `npx` that writes down what it was asked for. */
function runAction(inputs: Record<string, string>, exit = 0) {
  const [step] = (yaml('action.yml').runs.steps as Step[]).filter((s) => s.run)
  const npx = path.join(folder, 'npx')
  writeFileSync(npx, `#!/bin/bash\nprintf '%s\\n' "$*" >> "${folder}/asked"\nexit ${exit}\n`)
  chmodSync(npx, 0o755)
  const [output, summary] = [path.join(folder, 'output'), path.join(folder, 'summary')]
  for (const file of [output, summary]) writeFileSync(file, '')
  const defaults = yaml('action.yml').inputs as Record<string, { default: string }>
  const env = Object.entries(step?.env ?? {}).map(([name, value]) => {
    const input = /^\$\{\{ inputs\.([a-z-]+) \}\}$/.exec(value)?.[1] ?? ''
    return [name, inputs[input] ?? defaults[input]?.default ?? '']
  })
  const ran = spawnSync('bash', ['-c', step?.run ?? ''], {
    encoding: 'utf8',
    cwd: folder,
    env: {
      ...Object.fromEntries(env),
      PATH: `${folder}:${process.env.PATH}`,
      GITHUB_OUTPUT: output,
      GITHUB_STEP_SUMMARY: summary,
      RUNNER_TEMP: folder,
    },
  })
  const asked = path.join(folder, 'asked')
  const lines = existsSync(asked) ? readFileSync(asked, 'utf8').trim().split('\n') : []
  return { status: ran.status, asked: lines, output: readFileSync(output, 'utf8').trim() }
}

describe('the GitHub action', () => {
  it('pins every action by commit, and puts no input into a script', () => {
    const steps = yaml('action.yml').runs.steps as Step[]
    for (const step of steps) {
      if (step.uses) expect(step.uses).toMatch(/@[0-9a-f]{40}$/)
      expect(step.run ?? '').not.toContain('${{')
    }
  })

  it('runs ci, after pull where asked, with what it was given', () => {
    const ran = runAction({ policy: 'strict', base: 'origin/main', pull: 'true' })
    expect(ran).toMatchObject({ status: 0, output: 'outcome=pass' })
    expect(ran.asked).toEqual([
      '--yes --ignore-scripts weighmaster@latest pull --quiet',
      '--yes --ignore-scripts weighmaster@latest ci --sarif weighmaster.sarif --policy strict --base origin/main',
    ])
  })

  it('runs scan on every target, whatever it is called', () => {
    const ran = runAction({ command: 'scan', targets: 'models\n$(touch x) --help', 'fail-on': 'low' })
    expect(ran.asked.at(-1)).toMatch(/ scan .* --fail-on low -- models \$\(touch x\) --help$/)
    expect(existsSync(path.join(folder, 'x'))).toBe(false)
  })

  it.each([
    [1, 'fail'],
    [2, 'incomplete'],
    [4, 'error'],
    [9, 'error'],
  ])('exit %d is the outcome %s, and the exit of the step', (exit, outcome) => {
    expect(runAction({}, exit)).toMatchObject({ status: exit, output: `outcome=${outcome}` })
  })

  it('a pull that fails is not followed by ci', () => {
    expect(runAction({ pull: 'true' }, 1).asked).toHaveLength(1)
  })
})

/** The flags that a command knows, from its own help. */
async function flagsOf(command: string): Promise<string> {
  return (await weighmaster([command, '--help'])).stdout
}

describe('other pipelines', () => {
  it('the pre-commit hooks name commands and flags that there are', async () => {
    const hooks = yaml('.pre-commit-hooks.yaml') as { id: string; entry: string; language: string }[]
    expect(hooks.map((h) => h.id)).toEqual(['weighmaster-scan', 'weighmaster-lock'])
    for (const { entry, language } of hooks) {
      const [program, command = '', ...flags] = entry.split(' ')
      expect([program, language]).toEqual(['weighmaster', 'node'])
      const help = await flagsOf(command)
      for (const flag of flags.filter((f) => f !== '--')) expect(help).toContain(flag)
    }
  }, 60_000)

  it('the GitLab template writes the reports that it hands over', async () => {
    const { weighmaster: job } = yaml('docs/examples/gitlab-ci.yml')
    const script = (job.script as string[]).join('\n')
    const help = await flagsOf('ci')
    for (const [, flag] of script.matchAll(/(--[a-z-]+)/g)) expect(`${help} --quiet`).toContain(flag)
    for (const file of Object.values(job.artifacts.reports as Record<string, string>))
      expect(script).toContain(`=${file}`)
  }, 60_000)

  it('the image runs as nobody in particular, from what the ignore file lets in', () => {
    const dockerfile = text('Dockerfile')
    expect(dockerfile).toMatch(/^USER node$/m)
    const allowed = text('.dockerignore')
      .split('\n')
      .filter((l) => l.startsWith('!'))
      .map((l) => l.slice(1))
    for (const [, copied = ''] of dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm))
      for (const name of copied.split(' ')) {
        expect(allowed).toContain(name)
        expect(existsSync(path.join(ROOT, name))).toBe(true)
      }
  })
})
