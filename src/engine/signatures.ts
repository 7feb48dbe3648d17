import { namesBundle } from './bundle-names.ts'
import type { FoundBundle } from './bundles.ts'
import { runTime } from './clock.ts'
import { Stated } from './entries.ts'
import type { RootTask } from './node.ts'
import { seenFiles } from './seen-files.ts'
import type { SignatureOptions, Signatures, SignedTarget } from './signature-run.ts'

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
  const candidates = [
    // What is read by ranges where it is has no hash to hold a signature against: that takes --full.
    ...tasks.filter(({ display, remote }) => remote === undefined && namesBundle(display)),
    ...(await beside(tasks)),
  ]
  const demands = options.signers ?? []
  if (candidates.length === 0 && demands.every(({ rules }) => rules.length === 0)) return idle(tasks)
  const { SignerRules } = await import('./signer-rules.ts')
  const rules = await SignerRules.from(demands)
  const { findBundles, withMeasures } = await import('./bundles.ts')
  const bundles = await findBundles(candidates)
  const asked = withMeasures(tasks, bundles)
  const needed = bundles.length > 0 || !rules.isEmpty
  // Loaded while the workers inspect: this thread has nothing else to do then.
  const loading = needed ? load(options, bundles) : undefined
  // Awaited below; trouble with it is told there.
  loading?.catch(() => undefined)
  return {
    tasks: asked,
    conclude: async (inspection, inspected) => {
      if (!loading) return { inspection, records: new Map() }
      const { Conclusion, root } = await loading
      const trust = { root, now: runTime() }
      const around = {
        tasks: asked,
        targets,
        rules,
        trust,
        bundles,
        allowUnsigned: options.allowUnsigned ?? false,
      }
      const stated = new Stated()
      const records = await new Conclusion(around, seenFiles(inspection, inspected), stated).all()
      return { inspection: stated.joinTo(inspection), records }
    },
  }
}

async function load({ trustedRoot, storedRoot }: SignatureOptions, bundles: readonly FoundBundle[]) {
  const [{ loadRoot }, conclude] = await Promise.all([import('../sign/root.ts'), import('./conclude.ts')])
  if (bundles.some(({ bundle }) => bundle?.content.kind === 'message')) await import('@noble/curves/nist.js')
  return { ...conclude, root: await loadRoot(trustedRoot, storedRoot) }
}

function idle(tasks: readonly RootTask[]): Signatures {
  return { tasks, conclude: async (inspection) => ({ inspection, records: new Map() }) }
}

/** A target of one file has its signature beside it, where no walk has been. */
async function beside(tasks: readonly RootTask[]): Promise<RootTask[]> {
  const alone = tasks.filter(({ parent, remote }) => parent === undefined && remote === undefined)
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
