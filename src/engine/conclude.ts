import { treeDigest } from '../lock/tree.ts'
import { artifactId } from '../model/artifact.ts'
import type { FactDraft } from '../model/fact.ts'
import type { SignatureRecord } from '../model/signature.ts'
import type { SignatureBundle } from '../sign/bundle.ts'
import { compareOms, type SeenFile } from '../sign/compare.ts'
import { checkSigner } from '../sign/identity.ts'
import { NPM_PUBLISH, verifyNpmPublish } from '../sign/npm-keys.ts'
import { type PredicateSummary, summaryOf } from '../sign/predicate.ts'
import { fingerprintOf } from '../sign/signature.ts'
import type { ReadySigner } from '../sign/signers.ts'
import { type ArtifactDigests, subjectFor } from '../sign/statement.ts'
import { NotVerified, reasonOf } from '../sign/trouble.ts'
import { type Outcome, verifySigner } from '../sign/verify.ts'
import { type FoundBundle, isBelow } from './bundles.ts'
import type { Stated } from './entries.ts'
import { isForeignLink } from './links.ts'
import type { RootTask } from './node.ts'
import { digestsOf, messageDigest } from './seen-files.ts'
import type { Around, Records, SignedTarget } from './signature-run.ts'
import { describeSigner, type Wanted } from './signer-rules.ts'

const SUFFIX =
  /\.(?:sigstore\.json|sigstore|bundle|bundle\.json|sig|att|attestation\.json|(?:publish|slsa)\.attestation|attestation|provenance|intoto\.jsonl?)$/i

/** Differences after which the signature does not hold; the others are told and leave it standing. */
const BREAKING = new Set(['changed', 'missing', 'extra', 'link', 'unread'])

/** Holds every signature that was found against what was inspected, and what must be signed against what is. */
export class Conclusion {
  readonly #around: Around
  readonly #stated: Stated
  readonly #files: ReadonlyMap<string, SeenFile>
  readonly #byTarget: ReadonlyMap<string, readonly RootTask[]>
  readonly #wanted: readonly (Wanted & { readonly target: string })[]
  /** By what is wanted: the things inside it (or around it) that have the wanted signature. */
  readonly #covered = new Map<string, Set<string>>()
  /** Signatures by others than the wanted one: harmless beside it, telling without it. */
  readonly #pending: Pending[] = []
  /** What was found at all over something wanted: it is not unsigned, whatever is wrong with it. */
  readonly #found = new Set<string>()
  readonly #records = new Map<string, SignatureRecord[]>()
  readonly #digestIndex = new Map<string, ReadonlyMap<string, readonly string[]>>()

  /** `files` are what is there, by display path; what is found is told to `stated`. */
  constructor(around: Around, files: ReadonlyMap<string, SeenFile>, stated: Stated) {
    this.#around = around
    this.#stated = stated
    this.#files = files
    this.#byTarget = Map.groupBy(around.tasks, (task) => task.parent ?? idOf(task.display))
    this.#wanted = around.targets.flatMap((target) => this.#wantedOf(target))
  }

  async all(): Promise<Records> {
    for (const found of this.#around.bundles) await this.#judgeBundle(found)
    for (const { found, subject, wanted, target, trouble } of this.#pending) {
      if (this.#isSatisfied(wanted, target)) await this.#judge(found, subject, undefined, target)
      else this.#refuse(found, subject, target, trouble, true)
    }
    for (const target of this.#around.targets) this.#stateRecorded(target)
    for (const wanted of this.#wanted) {
      const { display, rule, target } = wanted
      if (this.#isSatisfied(wanted, target) || this.#found.has(display)) continue
      const data = {
        wanted: rule.signers.map(describeSigner).join(' or '),
        allowed: this.#around.allowUnsigned,
      }
      this.#state(display, { kind: 'signature.unsigned', data }, target)
    }
    return this.#records
  }

  /** What was verified when it was locked holds as long as the files are those that are locked, which the lock says itself. */
  #stateRecorded({ display, recorded = [] }: SignedTarget): void {
    const wanted = this.#wanted.find((each) => each.display === display)
    for (const record of recorded) {
      const required = wanted?.rule.signers.some((signer) => isBy(record, signer)) ?? false
      const summary = { predicate: record.predicateType ?? '' }
      const fact = verifiedFact('weighmaster.lock', { state: 'verified', record }, summary, required)
      this.#state(display, fact, display)
    }
  }

  /** What stands for a whole target, or is all there is of it, speaks for the target. */
  #about(subject: string, target: string): string {
    const of = this.#around.targets.find((t) => t.display === target)
    if (of?.root === subject) return target
    const signatures = new Set(this.#around.bundles.map(({ task }) => task.display))
    const files = (this.#byTarget.get(idOf(target)) ?? []).filter((task) => !signatures.has(task.display))
    return files.length === 1 && files[0]?.display === subject ? target : subject
  }

  #wantedOf({ display, names }: SignedTarget) {
    const tasks = this.#byTarget.get(idOf(display)) ?? []
    const files = tasks.map((task) => task.display)
    return this.#around.rules.wanted(display, names, files).map((w) => ({ ...w, target: display }))
  }

  #state(display: string, fact: FactDraft, parent: string): void {
    const id = this.#stated.thing(display, display === parent ? undefined : this.#stated.thing(parent))
    this.#stated.state(id, fact)
  }

  /** The target whose walk met the signature; for one beside a single file, that file. */
  #targetOf({ task }: FoundBundle): string {
    const target = this.#around.targets.find(({ display }) => idOf(display) === task.parent)
    return target?.display ?? task.display.replace(SUFFIX, '')
  }

  async #judgeBundle(found: FoundBundle): Promise<void> {
    const target = this.#targetOf(found)
    const subjects = this.#subjectsOf(found, target)
    if (subjects.length === 0) {
      const data = { signature: found.task.display, predicate: found.statement?.predicateType ?? '' }
      this.#state(found.task.display, { kind: 'signature.unmatched', data }, target)
    }
    for (const subject of subjects) {
      const above = this.#wanted.find(
        ({ display }) => display === subject || isInside(subject, display, target),
      )
      const below = above ? [] : this.#wanted.filter(({ display }) => isInside(display, subject, target))
      const demands: readonly (Wanted | undefined)[] = above
        ? [above]
        : below.length > 0
          ? below
          : [undefined]
      for (const wanted of demands) await this.#judge(found, subject, wanted, target)
    }
  }

  /** What a signature is over: its folder, the file beside it, or the files that have a digest of its statement. */
  #subjectsOf(found: FoundBundle, target: string): readonly string[] {
    const { task, folder, bundle, statement, manifest } = found
    const named = task.display.replace(SUFFIX, '')
    if (this.#files.has(named)) return [named]
    const place = folder === '' ? target : folder
    if (manifest || (found.trouble && task.display.endsWith('model.sig'))) return task.parent ? [place] : []
    if (!bundle || found.trouble) return [task.display]
    if (!statement) return this.#matching(found, [messageDigest(bundle)])
    const files = this.#matching(
      found,
      statement.subjects.map(({ digests }) => digests),
    ).filter((display) => subjectFor(statement, digestsOf(this.#files.get(display))))
    if (files.length > 0) return files
    return subjectFor(statement, { sha256: this.#treeOf(place, task) }) ? [place] : []
  }

  /** The files of the same target with one of these digests; a digest is looked up, never searched for. */
  #matching({ task }: FoundBundle, digests: readonly ArtifactDigests[]): string[] {
    const target = task.parent ?? idOf(task.display)
    const index = this.#digestIndex.get(target) ?? this.#indexOf(target)
    const keys = digests.flatMap((each) => Object.entries(each).map(([name, hex]) => `${name}:${hex}`))
    return [...new Set(keys.flatMap((key) => index.get(key) ?? []))]
  }

  #indexOf(target: string): ReadonlyMap<string, readonly string[]> {
    const index = new Map<string, string[]>()
    for (const { display } of this.#byTarget.get(target) ?? []) {
      for (const [name, hex] of Object.entries(digestsOf(this.#files.get(display)))) {
        const key = `${name}:${hex}`
        index.set(key, [...(index.get(key) ?? []), display])
      }
    }
    this.#digestIndex.set(target, index)
    return index
  }

  /** The tree digest of a folder as it was before the attestation was put into it. */
  #treeOf(place: string, { parent, display }: RootTask): string {
    const tasks = this.#byTarget.get(parent ?? '') ?? []
    const inside = tasks.filter((task) => task.display !== display && isInside(task.display, place, place))
    const files = inside.map((task) => ({
      path: innerOf(task.display, place),
      sha256: digestsOf(this.#files.get(task.display)).sha256 ?? '',
    }))
    return treeDigest(files).slice('sha256:'.length)
  }

  async #judge(
    found: FoundBundle,
    subject: string,
    wanted: Wanted | undefined,
    target: string,
  ): Promise<void> {
    const signature = found.task.display
    try {
      if (found.trouble) throw found.trouble
      if (!found.bundle) throw new NotVerified('malformed', 'it could not be read')
      this.#checkStable(found)
      const outcome = await this.#verify(found, found.bundle, wanted)
      const rootDigest = await this.#checkContent(found, subject, target)
      if (outcome.state === 'unchecked') {
        const data = { signature, method: outcome.method }
        this.#state(subject, { kind: 'signature.unchecked', data }, target)
        return
      }
      const summary = found.statement ? summaryOf(found.statement) : { predicate: '' }
      const predicate = summary.predicate ? { predicateType: summary.predicate } : {}
      const record = { ...outcome.record, ...predicate, ...rootDigest }
      this.#records.set(subject, [...(this.#records.get(subject) ?? []), record])
      const fact = verifiedFact(signature, outcome, summary, wanted !== undefined)
      this.#state(this.#about(subject, target), fact, target)
      if (wanted) this.#cover(wanted.display, subject)
    } catch (error) {
      const trouble = reasonOf(error)
      if (wanted && trouble.trouble.startsWith('wrong-')) {
        this.#pending.push({ found, subject, wanted, target, trouble })
      } else this.#refuse(found, subject, target, trouble, wanted !== undefined)
      if (wanted) this.#found.add(wanted.display)
    }
  }

  async #verify(
    { statement }: FoundBundle,
    bundle: SignatureBundle,
    wanted: Wanted | undefined,
  ): Promise<Outcome> {
    const { trust } = this.#around
    const isNpm = statement?.predicateType === NPM_PUBLISH && bundle.material.kind === 'key'
    if (wanted || !isNpm) return verifySigner(bundle, wanted?.rule.signers, trust)
    const signed = await verifyNpmPublish(bundle, trust)
    return { state: 'verified', record: { ...signed, identity: 'npm', bundleDigest: bundle.digest } }
  }

  #refuse(
    found: FoundBundle,
    subject: string,
    target: string,
    trouble: NotVerified,
    required: boolean,
  ): void {
    const data = { signature: found.task.display, reason: trouble.trouble, why: trouble.message, required }
    this.#state(subject, { kind: 'signature.invalid', data }, target)
  }

  #cover(wanted: string, subject: string): void {
    const covered = this.#covered.get(wanted) ?? new Set()
    this.#covered.set(wanted, covered)
    covered.add(subject)
  }

  /** Every file of it has the wanted signature: by itself, by a folder around it, or by what stands for the whole. */
  #isSatisfied({ display, rule }: Wanted, target: string): boolean {
    const of = this.#around.targets.find((t) => t.display === target)
    if (of?.recorded?.some((record) => rule.signers.some((signer) => isBy(record, signer)))) return true
    const covered = this.#covered.get(display)
    if (!covered) return false
    if (of?.root !== undefined && covered.has(of.root)) return true
    const signatures = new Set(this.#around.bundles.map(({ task }) => task.display))
    const tasks = this.#byTarget.get(idOf(target)) ?? []
    const files = tasks
      .map((task) => task.display)
      .filter((file) => file === display || isInside(file, display, target))
    const around = [...covered]
    return files
      .filter((file) => !signatures.has(file))
      .every((file) => covered.has(file) || around.some((place) => isInside(file, place, target)))
  }

  /** The bytes that were read before the inspection must be those that it hashed. */
  #checkStable({ task, bundle }: FoundBundle): void {
    const hashed = digestsOf(this.#files.get(task.display)).sha256
    if (hashed !== undefined && `sha256:${hashed}` !== bundle?.digest)
      throw new NotVerified('malformed', 'the signature was changed while it was read')
  }

  async #checkContent(found: FoundBundle, subject: string, target: string): Promise<{ rootDigest?: string }> {
    const { bundle, statement, manifest } = found
    if (manifest && !this.#files.has(subject)) {
      await this.#checkFolder(found, subject, target)
      return { rootDigest: `sha256:${manifest.rootDigest}` }
    }
    const digests = digestsOf(this.#files.get(subject))
    if (statement) {
      const isTree = !this.#files.has(subject)
      const own = isTree ? { sha256: this.#treeOf(subject, found.task) } : digests
      if (!subjectFor(statement, own))
        throw new NotVerified('subject', 'the statement is about something else')
    } else if (bundle?.content.kind === 'message') {
      const { algorithm, digest } = bundle.content
      if (digests[algorithm] !== digest.toString('hex'))
        throw new NotVerified('subject', `the ${algorithm} of the file is not the one that was signed`)
    }
    return {}
  }

  async #checkFolder(found: FoundBundle, subject: string, target: string): Promise<void> {
    const { manifest, task, folder } = found
    if (!manifest) return
    const tasks = (this.#byTarget.get(task.parent ?? '') ?? []).filter(({ display }) =>
      isBelow(display, folder),
    )
    const seen: SeenFile[] = []
    for (const { display, path: file } of tasks) {
      const held = this.#files.get(display)
      const link = manifest.allowSymlinks ? false : await isForeignLink(file)
      seen.push({
        path: innerOf(display, subject),
        size: held?.size ?? -1,
        digests: held?.digests ?? new Map(),
        link,
      })
    }
    const signature = innerOf(task.display, subject)
    const selects = this.#around.targets.find(({ display }) => display === target)?.selects
    const differences = compareOms(manifest, seen, { signature, ...(selects ? { selects } : {}) })
    for (const { path: file, how } of differences) {
      const display = subject === '.' ? file : `${subject}/${file}`
      this.#state(display, { kind: `signature.${how}`, data: { file, signature } }, target)
    }
    const breaking = differences.filter(({ how }) => BREAKING.has(how))
    if (breaking.length === 0) return
    const counts = Map.groupBy(breaking, ({ how }) => how)
    throw new NotVerified('files', [...counts].map(([how, list]) => `${list.length} ${how}`).join(', '))
  }
}

/** A bundle that is by somebody else than wanted, until it is known whether another one is by the wanted one. */
interface Pending {
  readonly found: FoundBundle
  readonly subject: string
  readonly wanted: Wanted
  readonly target: string
  readonly trouble: NotVerified
}

function isBy(record: SignatureRecord, signer: ReadySigner): boolean {
  const { publicKey } = signer
  try {
    checkSigner(record, signer)
    return publicKey === undefined || fingerprintOf(publicKey) === record.fingerprint
  } catch (error) {
    if (error instanceof NotVerified) return false
    throw error
  }
}

function verifiedFact(
  signature: string,
  { record }: Extract<Outcome, { state: 'verified' }>,
  summary: PredicateSummary,
  required: boolean,
): FactDraft {
  const { method, identity = '', issuer = '', fingerprint, sourceRepository, sourceRef } = record
  const data = {
    signature,
    method,
    identity,
    issuer,
    fingerprint,
    predicate: summary.predicate,
    builder: summary.builder ?? record.workflow ?? '',
    source: sourceRepository ?? summary.source ?? '',
    ref: sourceRef ?? summary.ref ?? '',
    result: summary.result ?? '',
    signedAt: record.signedAt ?? '',
    timeSource: record.timeSource ?? '',
    required,
  }
  return { kind: 'signature.verified', data }
}

function isInside(display: string, folder: string, target: string): boolean {
  if (display === folder) return false
  return folder === '.' ? target === '.' : display.startsWith(`${folder.replace(/\/$/, '')}/`)
}

function innerOf(display: string, folder: string): string {
  return folder === '.' ? display : display.slice(folder.replace(/\/$/, '').length + 1)
}

function idOf(display: string): string {
  return artifactId({ root: display, members: [] })
}
