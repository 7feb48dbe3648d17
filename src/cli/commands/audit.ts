import { plural } from '../../report/layout.ts'
import { printable } from '../../report/printable.ts'
import { verifyAuditFile } from '../audit-file.ts'
import { EXIT } from '../exit.ts'

/** `weighmaster audit verify FILE`: exit 0 where the chain holds, 1 where it is broken. */
export async function auditVerifyCommand(file: string, anchor: string | undefined): Promise<void> {
  const check = await verifyAuditFile(file, anchor)
  const name = printable(file)
  if (check.ok) {
    process.stdout.write(
      `${name}: the chain holds, ${plural(check.entries, 'entry', 'entries')}\nhead ${check.head}\n`,
    )
    return
  }
  process.stdout.write(`${name}: the chain is broken at line ${check.brokenAt}: ${printable(check.why)}\n`)
  process.exitCode = EXIT.fail
}
