import { Meter } from '../bytes/meter.ts'
import { isSource, slice } from '../bytes/source.ts'
import { spool } from '../bytes/spool.ts'
import type { Child, Emission, Inspector } from '../inspect/inspector.ts'
import { type Artifact, artifactId } from '../model/artifact.ts'
import type { Digest } from '../model/digest.ts'
import type { Measured } from '../model/signature.ts'
import { FormatError } from '../model/trouble.ts'
import { baseName, failed } from './failed.ts'
import { Hidden } from './hidden.ts'
import type { Inspected, Node, RootTask, Surroundings } from './node.ts'
import { pass } from './pass.ts'
import { nameMismatch, recognise } from './recognise.ts'
import { remainder } from './remainder.ts'
import { openRoot, RemoteAccount } from './remote-account.ts'
import { ArtifactState } from './state.ts'
import { tapping } from './tapping.ts'

/**
 * Inspects one root file and everything in it, depth first. Never throws for what the bytes are: trouble becomes
 * `parse.*` facts and coverage. Throws only when the scan is aborted.
 */
export async function inspectRoot(task: RootTask, around: Surroundings): Promise<Inspected> {
  const locator = { root: task.display, members: [] }
  try {
    await using file = await openRoot(task, around.ask)
    const out: Inspected = { artifacts: [], facts: [], coverage: [] }
    const meter = new Meter(around.options.limits, file.size)
    const { parent, sha256, measures } = task
    const root = { locator, name: baseName(task.display), parent, depth: 0, bytes: file, sha256, measures }
    const far = 'seen' in file ? new RemoteAccount(file, task.claimed) : undefined
    const unchanged = 'checkUnchanged' in file ? file.checkUnchanged : () => undefined
    const inspection = new RootInspection(around, meter, out, far, unchanged)
    await inspection.inspect(root)
    const finished = inspection.finish()
    return { ...finished, ...(inspection.measured ? { measured: inspection.measured } : {}) }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    return failed(task, around.options.limits, error)
  }
}

class RootInspection {
  readonly #around: Surroundings
  readonly #meter: Meter
  readonly #out: Inspected
  readonly #hidden = new Hidden()
  readonly #far: RemoteAccount | undefined
  readonly #checkUnchanged: () => void
  /** Of the root file. */
  measured: readonly Measured[] | undefined

  constructor(
    around: Surroundings,
    meter: Meter,
    out: Inspected,
    far: RemoteAccount | undefined,
    checkUnchanged: () => void,
  ) {
    this.#around = around
    this.#meter = meter
    this.#out = out
    this.#far = far
    this.#checkUnchanged = checkUnchanged
  }

  /**
   * Recognise, let every inspector state its facts, account for the rest, hash, record. Returns the formats; none
   * where nothing was recognised.
   */
  async inspect(node: Node): Promise<readonly string[]> {
    const artifact = bare({ ...node, size: node.bytes.size })
    const state = new ArtifactState(this.#around.options.limits)
    const matches = await this.#guard(state, 'detection', () => recognise(this.#around.inspectors, node))
    const index = this.#out.artifacts.push(artifact) - 1
    const { mark } = this.#hidden
    const inspectors: Inspector[] = []
    for (const { inspector, strength } of matches ?? []) {
      const ours = strength === 'trial' ? new ArtifactState(this.#around.options.limits) : state
      await this.#run(inspector, ours === state ? node : onTrial(node), artifact, ours)
      if (ours !== state && !ours.isTelling) continue
      if (ours !== state) state.absorb(ours)
      inspectors.push(inspector)
    }
    if (inspectors.length === 0)
      for (const i of searchers(this.#around, node)) await this.#run(i, node, artifact, state)
    if (node.open && state.isEmpty) {
      this.#out.artifacts.length = index
      return []
    }
    const formats = inspectors.map((i) => i.id)
    const rest = remainder(node, formats, state, this.#around.inspectors)
    await this.#guard(state, 'remainder', async () => {
      for await (const emission of rest) await this.#take(emission, 'remainder', node, artifact, state)
    })
    const mismatch = nameMismatch(this.#around.inspectors, node, inspectors)
    if (mismatch) state.fold.add(mismatch)
    if (node.broken) state.trouble(node.broken, 'container')
    await this.#guard(state, 'taps', () => this.#tap(node, artifact, state, mark))
    const digests = (await this.#guard(state, 'pass', () => this.#digest(node, state))) ?? []
    if (node.depth === 0) await this.#guard(state, 'file', async () => this.#checkUnchanged())

    this.#out.artifacts[index] = { ...artifact, formats, digests }
    this.#far?.excuse(node.bytes, state.spans)
    const unfetched = node.depth === 0 ? this.#far?.settle(state) : 0
    this.#out.facts.push(...state.fold.facts(artifact.id))
    this.#out.coverage.push(state.coverage(artifact.id, inspectors.length > 0, unfetched))
    return formats
  }

  async #tap(node: Node, artifact: Artifact, state: ArtifactState, mark: number): Promise<void> {
    this.#hidden.within(mark)
    const facts = await tapping(node, state, this.#hidden, this.#around.signal, artifact)
    for (const fact of facts) state.add(fact)
  }

  /** Everything that was learnt, without the secrets in it. */
  finish(): Inspected {
    return { ...this.#out, facts: this.#hidden.facts(this.#out.facts) }
  }

  async #run(inspector: Inspector, node: Node, artifact: Artifact, state: ArtifactState): Promise<void> {
    if (!inspector.inspect) return
    const context = {
      meter: this.#meter,
      signal: this.#around.signal,
      depth: node.depth,
      region: node.region ?? false,
      rows: this.#around.options.rows,
    }
    const emissions = inspector.inspect({ artifact, bytes: node.bytes }, context)
    const run = async () => {
      for await (const emission of emissions) {
        this.#meter.tick()
        await this.#take(emission, inspector.id, node, artifact, state)
      }
    }
    // Tensor bytes and carved candidates look like anything now and then: what fails there at once was a coincidence.
    const onTrial = node.open || (node.opaque && inspector.id !== node.format)
    await this.#guard(state, inspector.id, run, onTrial)
  }

  async #take(e: Emission, by: string, node: Node, artifact: Artifact, state: ArtifactState): Promise<void> {
    if (e.type === 'fact') state.add(e)
    else if (e.type === 'span') state.span(e, by)
    else if (e.type === 'checksum') state.checksums.push(e)
    else if (e.type === 'damage') state.damage(e, by)
    else await this.#descend(e, node, artifact, state)
  }

  async #descend(child: Child, node: Node, artifact: Artifact, state: ArtifactState): Promise<void> {
    this.#meter.check('depth', node.depth + 1)
    const name = state.childName(child.name)
    const locator = { root: node.locator.root, members: [...node.locator.members, name] }
    const { format, opaque, unseen, open, region } = child
    const inner = {
      locator,
      name,
      parent: artifact.id,
      depth: node.depth + 1,
      format,
      opaque,
      unseen,
      open,
      region,
    }
    if (isSource(child.bytes)) {
      const { window } = child.bytes
      if (window?.of === node.bytes && !open) {
        state.handed.push({ type: 'span', offset: window.offset, length: child.bytes.size, as: 'inspected' })
      }
      const [format] = await this.inspect({ ...inner, bytes: child.bytes })
      if (open && format !== undefined) state.add({ kind: 'content.embedded', data: { format } })
      return
    }
    state.packed++
    const { digest } = this.#around.options
    await using bytes = await spool(child.bytes, this.#meter, { digest, signal: this.#around.signal })
    await this.inspect({ ...inner, bytes, sha256: bytes.sha256, broken: bytes.broken })
  }

  /** The one pass: hashes and verifies what containers promised. A spooled member was hashed as it was spooled. */
  async #digest(node: Node, state: ArtifactState): Promise<Digest[]> {
    const { digest, memberDigests } = this.#around.options
    const isRoot = node.depth === 0
    const advance = isRoot ? this.#around.advance : () => undefined
    if (!digest || (node.opaque && !memberDigests)) {
      advance(node.bytes.size)
      return isRoot ? (this.#far?.claims() ?? []) : []
    }
    if (this.#far && !this.#far.hasSeen(node.bytes)) {
      advance(node.bytes.size)
      await this.#far.verify(node.bytes, state)
      return isRoot ? this.#far.claims() : []
    }
    let sha256 = node.sha256
    if (sha256 === undefined || state.checksums.length > 0 || node.measures) {
      const { signal } = this.#around
      const result = await pass(node.bytes, state.checksums, signal, advance, {
        known: sha256,
        measures: node.measures,
      })
      sha256 = result.sha256
      if (node.measures) this.measured = result.measured
      for (const { member, offset, length } of result.failed) {
        state.add({ kind: 'entry.checksum', data: { member }, at: { offset, length } })
      }
    }
    if (isRoot) this.#far?.compare(sha256, state)
    return [{ algorithm: 'sha256', hex: sha256, origin: 'computed' }]
  }

  /** The one catch: exhaustion, corruption and our own bugs become results, and the scan goes on. */
  async #guard<T>(
    state: ArtifactState,
    by: string,
    act: () => Promise<T>,
    onTrial?: boolean,
  ): Promise<T | undefined> {
    try {
      return await act()
    } catch (error) {
      this.#around.signal.throwIfAborted()
      if (!(onTrial && state.isEmpty)) state.trouble(error, by)
      return undefined
    }
  }
}

/** Bytes of a remote file that an inspector on trial gets to see: it says something early, or it was a coincidence. */
const TRIAL = 256 * 1024

function onTrial(node: Node): Node {
  return node.bytes.remote === undefined ? node : { ...node, bytes: slice(node.bytes, 0, TRIAL) }
}

/** Where nothing is recognised, embedded formats are searched for. */
function searchers(around: Surroundings, node: Node): readonly Inspector[] {
  return node.opaque || node.open || node.bytes.size === 0 ? [] : around.inspectors.filter((i) => i.searches)
}

function bare(node: Pick<Node, 'locator' | 'name' | 'parent'> & { readonly size: number }): Artifact {
  const { locator, name, parent, size } = node
  const id = artifactId(locator)
  return { id, ...(parent === undefined ? {} : { parent }), locator, name, size, formats: [], digests: [] }
}
