import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Ran, weighmaster } from './run.ts'

/** A project in a temporary folder, with the command line run in it. */
export interface TestProject extends Disposable {
  readonly folder: string
  write(file: string, content: string | Uint8Array): void
  run(...args: string[]): Promise<Ran>
}

/** Nothing of the machine's own settings reaches the project. */
export function testProject(env: Readonly<Record<string, string>>): TestProject {
  const folder = mkdtempSync(path.join(tmpdir(), 'weighmaster-project-'))
  const own = { HF_HOME: path.join(folder, '.hf'), HF_TOKEN: '', ...env }
  return {
    folder,
    write(file, content) {
      mkdirSync(path.dirname(path.join(folder, file)), { recursive: true })
      writeFileSync(path.join(folder, file), content)
    },
    run: (...args) => weighmaster(args, { cwd: folder, env: own }),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
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
