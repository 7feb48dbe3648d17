import type { KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Signer } from '../model/signature.ts'
import { UsageError } from '../model/trouble.ts'
import { readCertificates } from './chain.ts'
import { readPublicKey } from './signature.ts'
import { NotVerified } from './trouble.ts'

/** A signer with the key or the authorities that its files hold. */
export interface ReadySigner extends Signer {
  readonly publicKey?: KeyObject
  readonly authorities?: readonly Buffer[]
}

/** Reads what signers name; `folder` is what their paths are relative to. Throws `UsageError`: it is the user's own setting. */
export async function readSigners(signers: readonly Signer[], folder: string): Promise<ReadySigner[]> {
  return Promise.all(
    signers.map(async (signer) => ({
      ...signer,
      ...(signer.key === undefined ? {} : { publicKey: readPublicKey(...(await pem(signer.key, folder))) }),
      ...(signer.chain === undefined
        ? {}
        : { authorities: readCertificates(...(await pem(signer.chain, folder))) }),
    })),
  ).catch((error: unknown) => {
    throw error instanceof NotVerified ? new UsageError(error.message) : error
  })
}

async function pem(file: string, folder: string): Promise<[text: string, name: string]> {
  try {
    return [await readFile(path.resolve(folder, file), 'utf8'), file]
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : error
    throw new UsageError(`${file}: cannot be read (${String(code)})`)
  }
}
