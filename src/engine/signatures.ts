import type { Inspection } from '../model/report.ts'
import type { SignatureRecord } from '../model/signature.ts'
import type { Trust } from '../sign/verify.ts'
import type { FoundBundle } from './bundles.ts'
import { runTime } from './clock.ts'
import type { Inspected, RootTask } from './node.ts'
import type { SignerDemand, SignerRules } from './signer-rules.ts'

export interface SignatureOptions {
  /** Who must have signed what: of the policy, and of the manifest. */
  readonly signers?: readonly SignerDemand[]
  /** A trusted root instead of the shipped one. */
  readonly trustedRoot?: string
  /** The root that `trust update` stored, used where there is one. */
  readonly storedRoot?: string
  /** What must be signed and is not does not fail; it is reported all the same. */
  readonly allowUnsigned?: boolean
}

/** A target with the other names that rules may call it by: the reference of an entry. */
export interface SignedTarget {
  readonly display: string
  readonly names: readonly string[]
}

/** The part of a run that is about signatures; nothing where there is none and none is wanted. */
export interface Signatures {
  /** The tasks, with what must be hashed for the signatures. */
  readonly tasks: readonly RootTask[]
  /** Verifies everything and joins the facts; records are of the signatures that hold, by the display path of what they are over. */
  conclude(inspection: Inspection, inspected: readonly Inspected[]): Promise<Concluded>
}

export interface Concluded {
  readonly inspection: Inspection
  readonly records: ReadonlyMap<string, readonly SignatureRecord[]>
}

const BESIDE = ['.sigstore.json', '.sigstore', '.bundle'] as const

/**
 * Looks for signatures among the files before they are inspected. Loads nothing heavy where no name looks like a signature
 * and no rule wants one.
 */
export async function prepareSignatures(
  tasks: readonly RootTask[],
  targets: readonly SignedTarget[],
  options: SignatureOptions,
): Promise<Signatures> {
  const { findBundles, namesBundle, withMeasures } = await import('./bundles.ts')
  const candidates = [...tasks.filter(({ display }) => namesBundle(display)), ...(await beside(tasks))]
  const demands = options.signers ?? []
  if (candidates.length === 0 && demands.every(({ rules }) => rules.length === 0)) return idle(tasks)
  const { SignerRules } = await import('./signer-rules.ts')
  const rules = await SignerRules.from(demands)
  const bundles = await findBundles(candidates)
  const asked = withMeasures(tasks, bundles)
  return {
    tasks: asked,
    conclude: async (inspection, inspected) => {
      const { loadRoot } = await import('../sign/root.ts')
      const needsRoot = bundles.some(({ bundle }) => bundle !== undefined)
      if (!needsRoot && rules.isEmpty) return { inspection, records: new Map() }
      const trust = { root: await loadRoot(options.trustedRoot, options.storedRoot), now: runTime() }
      const { Conclusion } = await import('./conclude.ts')
      const around = {
        tasks: asked,
        targets,
        rules,
        trust,
        bundles,
        allowUnsigned: options.allowUnsigned ?? false,
      }
      return new Conclusion(around, inspection, inspected).all()
    },
  }
}

/** What a conclusion is drawn from. */
export interface Around {
  readonly tasks: readonly RootTask[]
  readonly targets: readonly SignedTarget[]
  readonly rules: SignerRules
  readonly trust: Trust
  readonly bundles: readonly FoundBundle[]
  readonly allowUnsigned: boolean
}

function idle(tasks: readonly RootTask[]): Signatures {
  return { tasks, conclude: async (inspection) => ({ inspection, records: new Map() }) }
}

/** A target of one file has its signature beside it, where no walk has been. */
async function beside(tasks: readonly RootTask[]): Promise<RootTask[]> {
  const alone = tasks.filter(({ parent, path }) => parent === undefined && path !== '')
  if (alone.length === 0 || alone.length > ALONE) return []
  const { stat } = await import('node:fs/promises')
  const known = new Set(tasks.map(({ display }) => display))
  const found: RootTask[] = []
  for (const task of alone) {
    for (const suffix of BESIDE) {
      const [path, display] = [task.path + suffix, task.display + suffix]
      const info = known.has(display) ? undefined : await stat(path).catch(() => undefined)
      if (info?.isFile()) found.push({ path, display, size: info.size })
    }
  }
  return found
}

/** Files named one by one; a shell's glob over a whole tree is not asked about each. */
const ALONE = 256
