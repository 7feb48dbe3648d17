import { selects } from '../lock/place.ts'
import type { Placed, Stated } from './entries.ts'
import type { Judge } from './judge.ts'
import type { ScanOptions } from './options.ts'
import type { Records, SignatureOptions, SignedTarget } from './signature-run.ts'

/** What signatures are held against: the policy's signers, and those that the entries name. */
export function signaturesFor(
  { folder, places }: { readonly folder: string; readonly places: readonly Placed[] },
  { signers }: Pick<Judge, 'signers'>,
  { signatures }: ScanOptions,
): SignatureOptions {
  const own = places.flatMap(({ entry: { asked } }) =>
    asked.signer ? [{ folder, rules: [{ match: asked.ref, anyOf: asked.signer }] }] : [],
  )
  return { ...signatures, signers: [...signers, ...own] }
}

/** The places of a project as what signatures may be over. */
export function signedTargets(places: readonly Placed[]): SignedTarget[] {
  return places.map(({ display, entry: { asked, signatures } }) => ({
    display,
    names: [asked.ref],
    selects: (file) => selects(asked, file),
    recorded: (signatures ?? []).filter(({ from }) => from === 'service'),
  }))
}

/** A signature that is recorded and lay among the files must still be there, by the same signer. */
export async function stateLockedSigners(
  places: readonly Placed[],
  records: Records,
  stated: Stated,
): Promise<void> {
  for (const { entry, display } of places) {
    const was = (entry.signatures ?? []).filter(({ from }) => from === undefined)
    if (was.length === 0) continue
    const { stateSigners } = await import('./entry-signatures.ts')
    const inside = (at: string) => at === display || display === '.' || at.startsWith(`${display}/`)
    const is = [...records].filter(([at]) => inside(at)).flatMap(([, list]) => list)
    stateSigners(entry, was, is, display, stated)
  }
}
