import { type KeyObject, verify } from 'node:crypto'
import type { Envelope } from './bundle.ts'
import { OMS_LEGACY, type OmsManifest, refuseNames, rootOf } from './oms.ts'
import type { Statement } from './statement.ts'
import { NotVerified } from './trouble.ts'

/**
 * v0.2 of the reference tool signed the text that Python prints for the payload, under a misspelt header, with SHA-256
 * whatever the key. Read only where the user asks for it.
 */
export function verifyLegacyEnvelope({ payloadType, payload, signature }: Envelope, key: KeyObject): boolean {
  const encoded = `DSSEV1 ${payloadType.length} ${payloadType} ${payload.length} ${pythonBytes(payload)}`
  return verify('sha256', Buffer.from(encoded), key, signature)
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** `repr(bytes)` of Python. */
function pythonBytes(bytes: Buffer): string {
  const text = bytes.toString('latin1')
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const body = text.replace(/[^\x20-\x7e]|[\\'"]/g, (c) => {
    if (ESCAPES[c] !== undefined) return ESCAPES[c]
    if (c === quote) return `\\${c}`
    return c === "'" || c === '"' ? c : `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`
  })
  return `b${quote}${body}${quote}`
}

/** The files of a v0.2 statement: its subjects. It has no root digest of its own. */
export function readLegacyOms({ subjects, predicateType }: Statement): OmsManifest {
  if (predicateType !== OMS_LEGACY) throw new NotVerified('wrong-predicate', 'no statement of v0.2')
  const files = subjects.map(({ name, digests }) => ({ name, digests: [digests.sha256 ?? ''] }))
  if (files.some(({ digests }) => digests[0] === ''))
    throw new NotVerified('no-statement', 'a file without a SHA-256')
  refuseNames(files.map(({ name }) => name))
  const rootDigest = rootOf(files.flatMap(({ digests }) => digests))
  return { files, measure: { algorithm: 'sha256' }, allowSymlinks: false, ignored: [], rootDigest }
}
