import type { Report } from '../model/report.ts'
import { UsageError } from '../model/trouble.ts'
import { printable } from '../report/printable.ts'
import { isRegularFile } from '../report/tally.ts'

/** What the process says to its caller (docs/scan.md has the table). */
export const EXIT = { pass: 0, fail: 1, incomplete: 2, nothing: 3, error: 4 } as const

export function exitCodeOf(report: Report): number {
  const { outcome } = report.verdict
  if (outcome !== 'pass') return EXIT[outcome]
  return report.artifacts.some(isRegularFile) ? EXIT.pass : EXIT.nothing
}

/** A run ended by SIGINT or SIGTERM; the signal's name is the reason of the abort. */
export class Interrupted extends Error {
  readonly signal: 'SIGINT' | 'SIGTERM'

  constructor(signal: 'SIGINT' | 'SIGTERM') {
    super(`interrupted by ${signal}`)
    this.name = 'Interrupted'
    this.signal = signal
  }

  /** 128 + the signal's number, as shells have it. */
  get exitCode(): number {
    return this.signal === 'SIGINT' ? 130 : 143
  }
}

/** One line for any error, and the exit code. A stack helps only those who ask for it. */
export function explain(error: unknown): { readonly line: string; readonly code: number } {
  if (error instanceof Interrupted) return { line: `weighmaster: ${error.message}`, code: error.exitCode }
  if (error instanceof UsageError) {
    return { line: `weighmaster: ${printable(error.message)}`, code: EXIT.error }
  }
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  const stack = process.env.WEIGHMASTER_DEBUG && error instanceof Error ? `\n${error.stack}` : ''
  return {
    line: `weighmaster: internal error: ${printable(message)}; please report it as SECURITY.md says (WEIGHMASTER_DEBUG=1 shows where)${stack}`,
    code: EXIT.error,
  }
}
