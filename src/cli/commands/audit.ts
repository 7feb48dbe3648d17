import { printable } from '../../report/printable.ts'
import { EXIT } from '../exit.ts'

/** `weighmaster audit verify FILE`: 0 where the chain holds, 1 where it is broken, 4 where the file cannot be read. */
export async function auditVerifyCommand(file: string): Promise<void> {
  const { verifyAuditFile } = await import('../audit-file.ts')
  const check = await verifyAuditFile(file)
  if (check.ok) {
    const count = `${check.entries} ${check.entries === 1 ? 'entry' : 'entries'}`
    process.stdout.write(`${printable(file)}: ${count}, the chain holds; head ${check.head}\n`)
    process.exitCode = EXIT.pass
  } else {
    process.stdout.write(`${printable(file)}: broken at line ${check.brokenAt}: ${printable(check.why)}\n`)
    process.exitCode = EXIT.fail
  }
}
