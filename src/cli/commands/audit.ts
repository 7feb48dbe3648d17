import { printable } from '../../report/printable.ts'
import { EXIT } from '../exit.ts'

/** `weighmaster audit verify FILE`: 0 where the chain holds, 1 where it is broken, 4 where the file cannot be read. */
export async function auditVerifyCommand(file: string): Promise<void> {
  const { verifyAuditLog } = await import('../../report/audit.ts')
  const result = await verifyAuditLog(file)
  process.stdout.write(`${printable(file)}: ${result}\n`)
  process.exitCode = EXIT.pass
}
