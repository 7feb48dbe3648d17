import { type FileHandle, open as openFile, unlink } from 'node:fs/promises'
import { hostname, userInfo } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import { UsageError } from '../model/trouble.ts'
import { AuditChain, type AuditCheck, type AuditEntry, auditLine } from '../report/audit.ts'

/** Another run holds the log for the few milliseconds of one append. */
const LOCK_WAIT_MS = 10_000
const LOCK_STEP_MS = 20

const TAIL_STEP = 64 * 1024
const LINE_FEED = 0x0a

/** Appends one line to the log and has it on disk before it returns. Runs that append at once take turns. */
export async function appendAuditEntry(file: string, entry: AuditEntry): Promise<void> {
  await using _lock = await takeTurn(`${file}.lock`)
  // 'a+' is O_APPEND: nothing that is there can be overwritten through this handle.
  const handle = await openFile(file, 'a+', 0o600).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${file}: the audit log cannot be opened (${error.code ?? error.message})`)
  })
  try {
    const line = nextLine(file, entry, await lastLine(file, handle))
    await handle.write(`${line}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function nextLine(file: string, entry: AuditEntry, last: string | undefined): string {
  try {
    return auditLine(entry, last)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new UsageError(`${file}: ${why}; run weighmaster audit verify, then start a new log`)
  }
}

/** Checks a log line by line; its size does not matter. `anchor` as in `verifyAudit`. */
export async function verifyAuditFile(file: string, anchor?: string): Promise<AuditCheck> {
  const handle = await openFile(file, 'r').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${file}: the audit log cannot be read (${error.code ?? error.message})`)
  })
  const chain = new AuditChain(anchor)
  let open = ''
  // Only a line feed ends a line: the readline module also breaks at U+2028, which JSON leaves in file names.
  for await (const chunk of handle.createReadStream({ encoding: 'utf8' })) {
    const lines = `${open}${String(chunk)}`.split('\n')
    open = lines.pop() ?? ''
    for (const line of lines) if (!chain.follow(line)) return chain.result()
  }
  if (open !== '') chain.follow(open)
  return chain.result()
}

/** `user@host`; WEIGHMASTER_AUDIT_USER overrides it where the account says nothing (a build machine). */
export function auditWho(): string {
  const named = process.env.WEIGHMASTER_AUDIT_USER
  if (named !== undefined && named !== '') return named
  try {
    return `${userInfo().username}@${hostname()}`
  } catch {
    // A container may run as a user id that has no account.
    return `uid-${process.getuid?.() ?? 'unknown'}@${hostname()}`
  }
}

async function takeTurn(lock: string): Promise<AsyncDisposable> {
  for (let waited = 0; ; waited += LOCK_STEP_MS) {
    try {
      const handle = await openFile(lock, 'wx')
      await handle.close()
      return { [Symbol.asyncDispose]: () => unlink(lock) }
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (code !== 'EEXIST') throw new UsageError(`${lock}: cannot be created (${String(code ?? error)})`)
      if (waited >= LOCK_WAIT_MS) {
        throw new UsageError(`${lock}: another run holds the audit log; remove the file if none does`)
      }
      await setTimeout(LOCK_STEP_MS)
    }
  }
}

/** The last line, read backwards from the end. */
async function lastLine(file: string, handle: FileHandle): Promise<string | undefined> {
  const { size } = await handle.stat()
  if (size === 0) return undefined
  let tail = Buffer.alloc(0)
  for (let start = size; start > 0; ) {
    const length = Math.min(TAIL_STEP, start)
    start -= length
    const { buffer } = await handle.read(Buffer.alloc(length), 0, length, start)
    tail = Buffer.concat([buffer, tail])
    const end = tail.length - 1
    if (tail[end] !== LINE_FEED) {
      throw new UsageError(`${file}: the audit log ends in the middle of a line; keep it and start a new log`)
    }
    const before = end === 0 ? -1 : tail.lastIndexOf(LINE_FEED, end - 1)
    if (before !== -1 || start === 0) return tail.toString('utf8', before + 1, end)
  }
  return undefined
}
