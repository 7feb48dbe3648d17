import { formatMarkdown, formatRows, formatText } from '../format-table.ts'

/** `weighmaster formats`: what is inspected and how deep, and what is only recognised. */
export async function formatsCommand(format: string): Promise<void> {
  if (format === 'json') process.stdout.write(`${JSON.stringify(formatRows(), null, 2)}\n`)
  else process.stdout.write(format === 'markdown' ? formatMarkdown() : formatText())
}
