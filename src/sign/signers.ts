import type { KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Signer } from '../model/signature.ts'
import { UsageError } from '../model/trouble.ts'
import { NotVerified } from './trouble.ts'

/** A signer with the key or the authorities that its files hold. */
export interface ReadySigner extends Signer {
  readonly publicKey?: KeyObject
  readonly authorities?: readonly Buffer[]
}

/** Reads what signers name; `folder` is what their paths are relative to. Throws `UsageError`: it is the user's own setting. */
export async function readSigners(signers: readonly Signer[], folder: string): Promise<ReadySigner[]> {
  return Promise.all(signers.map((signer) => readSigner(signer, folder))).catch((error: unknown) => {
    throw error instanceof NotVerified ? new UsageError(error.message) : error
  })
}

/** The libraries behind keys and certificates are loaded only for a signer that has a file of them. */
async function readSigner(signer: Signer, folder: string): Promise<ReadySigner> {
  const { key, chain } = signer
  let ready: ReadySigner = signer
  if (key !== undefined) {
    const { readPublicKey } = await import('./signature.ts')
    ready = { ...ready, publicKey: readPublicKey(...(await pem(key, folder))) }
  }
  if (chain !== undefined) {
    const { readCertificates } = await import('./chain.ts')
    ready = { ...ready, authorities: readCertificates(...(await pem(chain, folder))) }
  }
  return ready
}

async function pem(file: string, folder: string): Promise<[text: string, name: string]> {
  try {
    return [await readFile(path.resolve(folder, file), 'utf8'), file]
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : error
    throw new UsageError(`${file}: cannot be read (${String(code)})`)
  }
}
