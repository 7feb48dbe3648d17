import { readReport } from '../../report/read.ts'
import { exitCodeOf } from '../exit.ts'
import { checkWritable } from '../outputs.ts'
import { type ShowFlags, show } from '../present.ts'
import { readText } from '../read-text.ts'

/** `weighmaster report FILE`: shows a saved JSON report in another format; the exit code is that of its verdict. */
export async function reportCommand(file: string, flags: ShowFlags): Promise<void> {
  await checkWritable(flags.output ?? [])
  const report = readReport(await readText(file), file)
  await show(report, flags, {})
  process.exitCode = exitCodeOf(report)
}
