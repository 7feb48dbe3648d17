import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { storeAtomically } from '../../lock/store.ts'
import { UsageError } from '../../model/trouble.ts'
import { printable } from '../../report/printable.ts'
import { loadRoot, type Root } from '../../sign/root.ts'
import type { TrustFlags } from '../args-sign.ts'
import { trustStore } from '../trust-store.ts'

/** `weighmaster trust show`: what Sigstore signatures are held against. */
export async function trustShowCommand({ trustedRoot }: TrustFlags): Promise<void> {
  const root = await loadRoot(trustedRoot, trustStore())
  process.stdout.write(`${describe(root)}\n`)
}

/** `weighmaster trust update`: the newest root by TUF, checked, stored whole or not at all. */
export async function trustUpdateCommand({ mirror, root: tufRoot }: TrustFlags): Promise<void> {
  if ((mirror === undefined) !== (tufRoot === undefined))
    throw new UsageError(
      '--mirror and --root go together: a repository is trusted by its own root metadata only',
    )
  const file = trustStore()
  const { fetchRoot } = await import('../../sign/tuf.ts')
  const cache = path.join(path.dirname(file), 'tuf')
  await mkdir(cache, { recursive: true, mode: 0o700 })
  const { text, root } = await fetchRoot(cache, file, { mirror, tufRoot })
  await storeAtomically(file, text)
  process.stdout.write(`${describe(root)}\n`)
}

function describe({ json, digest, origin }: Root): string {
  const lines = [`trusted root: ${printable(origin)}`, `  ${digest}`]
  for (const [kind, name] of KINDS) {
    for (const each of Array.isArray(json[kind]) ? json[kind] : []) {
      // A border: the root was checked when it was loaded.
      const { uri, baseUrl, validFor, publicKey } = each as Entry
      const { start, end } = validFor ?? publicKey?.validFor ?? {}
      lines.push(`  ${name.padEnd(22)}  ${start ?? ''} – ${end ?? ''}  ${printable(uri ?? baseUrl ?? '')}`)
    }
  }
  return lines.join('\n')
}

const KINDS = [
  ['certificateAuthorities', 'certificate authority'],
  ['timestampAuthorities', 'timestamp authority'],
  ['tlogs', 'transparency log'],
  ['ctlogs', 'certificate log'],
] as const

interface Bounds {
  readonly start?: string
  readonly end?: string
}

interface Entry {
  readonly uri?: string
  readonly baseUrl?: string
  readonly validFor?: Bounds
  readonly publicKey?: { readonly validFor?: Bounds }
}
