import { DEFAULT_WIDTH, hang } from '../../report/layout.ts'
import { printable } from '../../report/printable.ts'
import { type Check, diagnose } from '../doctor.ts'
import { EXIT } from '../exit.ts'
import { painterOf } from '../present.ts'

const MARKS = { good: '✓', note: '!', bad: '✗' } as const
const ROLES = { good: 'pass', note: 'incomplete', bad: 'fail' } as const

/** `weighmaster doctor`: whether everything is in place. Exits 4 if something keeps it from working. */
export async function doctorCommand(flags: { readonly color: boolean }): Promise<void> {
  const checks = await diagnose(process.cwd(), new AbortController().signal)
  const paint = painterOf(flags.color)
  const wide = Math.max(...checks.map((c) => c.name.length))
  const line = ({ name, state, says }: Check) =>
    hang(
      `${MARKS[state]} ${name.padEnd(wide)}  `,
      printable(says),
      process.stdout.columns || DEFAULT_WIDTH,
      (l) => l,
    )
      .join('\n')
      .replace(MARKS[state], (mark) => paint(ROLES[state], mark))
  process.stdout.write(`${checks.map(line).join('\n')}\n`)
  if (checks.some((c) => c.state === 'bad')) process.exitCode = EXIT.error
}
