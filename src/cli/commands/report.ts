import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { UsageError } from '../../model/trouble.ts'
import { readReport } from '../../report/read.ts'
import { exitCodeOf } from '../exit.ts'
import { checkWritable } from '../outputs.ts'
import { type ShowFlags, show } from '../present.ts'

/** `weighmaster report FILE`: shows a saved JSON report in another format; the exit code is that of its verdict. */
export async function reportCommand(file: string, flags: ShowFlags): Promise<void> {
  await checkWritable(flags.output ?? [])
  const report = readReport(await text(file), file)
  await show(report, flags, {})
  process.exitCode = exitCodeOf(report)
}

async function text(file: string): Promise<string> {
  try {
    return file === '-' ? readFileSync(0, 'utf8') : await readFile(file, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : error
    throw new UsageError(`${file}: cannot be read (${String(code)})`)
  }
}
