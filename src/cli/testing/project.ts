import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { main } from '../main.ts'
import type { Ran } from './run.ts'

/** A project in a temporary folder, with the command line run in it. */
export interface TestProject extends Disposable {
  readonly folder: string
  /** What the command line sees of the environment; may be changed between runs. */
  readonly env: Record<string, string>
  read(file: string): string
  write(file: string, content: string | Uint8Array): void
  run(...args: string[]): Promise<Ran>
}

/** Nothing of the machine's own settings reaches the project. */
export function testProject(env: Readonly<Record<string, string>>): TestProject {
  const folder = mkdtempSync(path.join(tmpdir(), 'weighmaster-project-'))
  const own: Record<string, string> = { HF_HOME: path.join(folder, '.hf'), HF_TOKEN: '', ...env }
  return {
    folder,
    env: own,
    read: (file) => readFileSync(path.join(folder, file), 'utf8'),
    write(file, content) {
      mkdirSync(path.dirname(path.join(folder, file)), { recursive: true })
      writeFileSync(path.join(folder, file), content)
    },
    run: (...args) => inProcess(args, folder, own),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/**
 * Runs the command line in this process, which costs no start-up: with its working directory, environment and streams.
 * One at a time.
 */
async function inProcess(
  args: readonly string[],
  folder: string,
  env: Readonly<Record<string, string>>,
): Promise<Ran> {
  const [home, before] = [process.cwd(), { ...process.env }]
  const written = { stdout: '', stderr: '' }
  const restore = (['stdout', 'stderr'] as const).map((name) => {
    const { write } = process[name]
    const listening = process[name].listeners('error')
    process[name].write = (chunk: string | Uint8Array, ...rest: unknown[]) => {
      written[name] += String(chunk)
      for (const done of rest) if (typeof done === 'function') done()
      return true
    }
    return () => {
      process[name].write = write
      // A process of its own would end with them.
      for (const listener of process[name].listeners('error')) {
        if (!listening.includes(listener)) process[name].off('error', listener as () => void)
      }
    }
  })
  try {
    process.chdir(folder)
    Object.assign(process.env, env)
    await main([process.execPath, 'weighmaster', ...args])
    return { code: Number(process.exitCode ?? 0), signal: null, ...written }
  } finally {
    process.exitCode = 0
    process.chdir(home)
    process.env = before
    for (const undo of restore) undo()
  }
}

/** A safetensors file of one tensor: what a model that passes is made of. */
export function safetensors(floats: number, fill = 1): Uint8Array {
  const data = Buffer.alloc(floats * 4, fill)
  const header = Buffer.from(
    JSON.stringify({ w: { dtype: 'F32', shape: [floats], data_offsets: [0, data.length] } }),
  )
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(header.length))
  return Buffer.concat([length, header, data])
}

/** A pickle that would call `os.system('echo inert')`: harmless by construction, and never loaded here. */
export const HOSTILE_PICKLE = "cos\nsystem\n(S'echo inert'\ntR."
