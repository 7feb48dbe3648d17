import { type ChildProcess, spawn } from 'node:child_process'

export interface Ran {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly cwd?: string
  readonly input?: string | Uint8Array
  /** Standard input stays open after `input`, as that of a person who types. */
  readonly keepInputOpen?: boolean
  /** Called when the process has read `input` (more than a pipe holds), so is at work. */
  readonly onInputRead?: (child: ChildProcess) => void
  readonly env?: Readonly<Record<string, string>>
  /** Called when the process has started, e.g. to send it a signal. */
  readonly onStart?: (child: ChildProcess) => void
}

const MAIN = new URL('../main.ts', import.meta.url).href
const LAUNCH = `import(${JSON.stringify(MAIN)}).then((cli) => cli.main([process.argv[0], 'weighmaster', ...process.argv.slice(1)]))`

/** Runs the command line from source in a process of its own, as a person would, with pipes for its streams. */
export function weighmaster(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['-e', LAUNCH, '--', ...args], {
      cwd: options.cwd,
      env: { ...process.env, FORCE_COLOR: undefined, NO_COLOR: undefined, ...options.env },
    })
    let [stdout, stderr] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
    child.stdin.on('error', () => undefined)
    if (options.keepInputOpen) child.stdin.write(options.input ?? '', () => options.onInputRead?.(child))
    else child.stdin.end(options.input ?? '')
    options.onStart?.(child)
  })
}
