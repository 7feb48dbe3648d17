import path from 'node:path'
import type { Identity, Lock, LockEntry, SourceFile, TextFile } from '../model/lock.ts'
import { byCodePoint } from '../model/order.ts'
import { keyOf } from './drift.ts'
import { type LineChange, lineDiff } from './line-diff.ts'
import { capabilityChanges, partChanges } from './surface.ts'

/** What changes from one lock to another; every list in code-point order. */
export interface LockDiff {
  readonly added: readonly LockEntry[]
  readonly removed: readonly LockEntry[]
  readonly changed: readonly EntryDiff[]
}

export interface EntryDiff {
  readonly ref: string
  readonly kind: string
  readonly path: string
  /** What is asked for and who answers: name, before, after. */
  readonly fields: readonly FieldDiff[]
  readonly files: readonly FileDiff[]
  readonly edges: SetDiff
  readonly capabilities: SetDiff
  /** What is more than a change of words: it may do more, less of it can be analysed, or it starts in another way. */
  readonly grown: readonly string[]
  /** Who must approve a change of what it says and may do. */
  readonly owners: readonly string[]
  /** Kinds of file by their name, `.pkl`. */
  readonly formats: SetDiff
  /** What a plugin offers: tools, prompts, … */
  readonly surface: SurfaceDiff
  /** Instructions as text. */
  readonly prompts: readonly PromptDiff[]
}

export interface SurfaceDiff extends SetDiff {
  readonly changed: readonly string[]
}

export interface PromptDiff {
  readonly path: string
  readonly lines: readonly LineChange[]
}

export interface FieldDiff {
  readonly name: string
  readonly was: string
  readonly is: string
}

export interface FileDiff {
  readonly path: string
  readonly how: 'added' | 'removed' | 'changed' | 'renamed'
  readonly was?: SourceFile
  readonly is?: SourceFile
}

export interface SetDiff {
  readonly added: readonly string[]
  readonly removed: readonly string[]
}

export function diffLocks(before: Lock, after: Lock): LockDiff {
  const old = new Map(before.entries.map((entry) => [keyOf(entry.asked), entry]))
  const fresh = new Map(after.entries.map((entry) => [keyOf(entry.asked), entry]))
  const changed = [...fresh].flatMap(([key, is]) => {
    const was = old.get(key)
    const diff = was && diffEntries(was, is)
    return diff && hasNews(diff) ? [diff] : []
  })
  return {
    added: [...fresh].filter(([key]) => !old.has(key)).map(([, entry]) => entry),
    removed: [...old].filter(([key]) => !fresh.has(key)).map(([, entry]) => entry),
    changed,
  }
}

function hasNews({ fields, files, prompts, edges, capabilities, surface }: EntryDiff): boolean {
  const sets = [edges, capabilities, surface].flatMap(({ added, removed }) => [added, removed])
  return [fields, files, prompts, surface.changed, ...sets].some((list) => list.length > 0)
}

const IDENTITY = [
  'endpoint',
  'id',
  'pin',
  'repositoryId',
  'author',
  'createdAt',
  'licence',
  'gated',
  'disabled',
  'private',
] as const satisfies readonly (keyof Identity)[]

function diffEntries(was: LockEntry, is: LockEntry): EntryDiff {
  const pairs: [string, unknown, unknown][] = [
    ['ref', was.asked.ref, is.asked.ref],
    ['include', was.asked.include.join(', '), is.asked.include.join(', ')],
    ['exclude', was.asked.exclude.join(', '), is.asked.exclude.join(', ')],
    ['policy', was.asked.policy, is.asked.policy],
    ['owners', was.asked.owners.join(', '), is.asked.owners.join(', ')],
    ...IDENTITY.map((name): [string, unknown, unknown] => [name, was.resolved[name], is.resolved[name]]),
    ['signer', signersAsked(was), signersAsked(is)],
    ['signed by', signedBy(was), signedBy(is)],
  ]
  const fields = pairs
    .map(([name, a, b]) => ({
      name,
      was: a === undefined ? '' : String(a),
      is: b === undefined ? '' : String(b),
    }))
    .filter((field) => field.was !== field.is)
  const edge = ({ edges }: LockEntry) => edges.map(({ role, target, from }) => `${role} ${target} (${from})`)
  const { kind, path, ref } = is.asked
  return {
    ref,
    kind,
    path,
    fields,
    files: diffFiles(was.files, is.files),
    edges: diffSets(edge(was), edge(is)),
    capabilities: diffSets(was.capabilities, is.capabilities),
    grown: grownBy(was, is),
    owners: is.asked.owners,
    formats: diffSets(formatsOf(was.files), formatsOf(is.files)),
    surface: diffSurface(was.surface ?? {}, is.surface ?? {}),
    prompts: diffPrompts(was.prompts ?? [], is.prompts ?? []),
  }
}

function signersAsked({ asked: { signer } }: LockEntry): string | undefined {
  return signer?.map((each) => Object.values(each).join(' ')).join(', ')
}

/** Who signed, without what differs from one signature to the next. */
function signedBy({ signatures }: LockEntry): string | undefined {
  if (!signatures) return undefined
  const who = signatures.map(({ method, identity, fingerprint, issuer, predicateType }) => {
    const what = predicateType === undefined ? method : `${method}, ${predicateType}`
    return `${identity ?? fingerprint}${issuer === undefined ? '' : ` by ${issuer}`} (${what})`
  })
  return who.toSorted(byCodePoint).join(', ')
}

function formatsOf(files: readonly SourceFile[]): string[] {
  const endings = files.map((file) => path.posix.extname(file.path).toLowerCase())
  return [...new Set(endings)].filter((ending) => ending !== '')
}

/** Of an entry that was never inspected nothing is known to grow from: everything it may do is new. */
function grownBy(was: LockEntry, is: LockEntry): string[] {
  if (is.surface === undefined)
    return was.surface === undefined ? [] : ['nothing is known of it any more: lock again']
  const more = capabilityChanges(was.capabilities, is.capabilities).flatMap(({ capability, how }) =>
    how === 'removed' ? [] : [`${capability} (${how})`],
  )
  const starts = diffSurface(was.surface ?? {}, is.surface)
  const launches = [...starts.added, ...starts.changed].filter((name) => name.startsWith('launch:'))
  return [
    ...more,
    ...launches.map((name) => `${name} (${starts.added.includes(name) ? 'added' : 'changed'})`),
  ]
}

/** Does a change need more than a look? Then `diff` fails. */
export function grows({ changed }: LockDiff): boolean {
  return changed.some(({ grown }) => grown.length > 0)
}

type Surface = Readonly<Record<string, string>>

function diffSurface(was: Surface, is: Surface): SurfaceDiff {
  const changes = partChanges(was, is)
  const of = (how: string) => changes.filter((change) => change.how === how).map(({ name }) => name)
  return { added: of('added'), removed: of('removed'), changed: of('changed') }
}

function diffPrompts(was: readonly TextFile[], is: readonly TextFile[]): PromptDiff[] {
  const [old, fresh] = [was, is].map((texts) => new Map(texts.map(({ path, text }) => [path, text])))
  const paths = new Set([...was, ...is].map((file) => file.path))
  return [...paths].toSorted(byCodePoint).flatMap((file) => {
    const lines = lineDiff(old?.get(file) ?? '', fresh?.get(file) ?? '')
    return lines.length === 0 ? [] : [{ path: file, lines }]
  })
}

function diffFiles(before: readonly SourceFile[], after: readonly SourceFile[]): FileDiff[] {
  const old = new Map(before.map((file) => [file.path, file]))
  const fresh = new Map(after.map((file) => [file.path, file]))
  const gone = Map.groupBy(
    before.filter(({ path }) => !fresh.has(path)),
    ({ sha256 }) => sha256,
  )
  const out: FileDiff[] = []
  for (const is of after) {
    const was = old.get(is.path)
    if (was) {
      if (was.sha256 !== is.sha256) out.push({ path: is.path, how: 'changed', was, is })
      continue
    }
    const from = gone.get(is.sha256)?.shift()
    out.push(from ? { path: is.path, how: 'renamed', was: from, is } : { path: is.path, how: 'added', is })
  }
  for (const was of [...gone.values()].flat()) out.push({ path: was.path, how: 'removed', was })
  return out.toSorted((a, b) => byCodePoint(a.path, b.path))
}

function diffSets(was: readonly string[], is: readonly string[]): SetDiff {
  const only = (a: readonly string[], b: readonly string[]) =>
    a.filter((x) => !b.includes(x)).toSorted(byCodePoint)
  return { added: only(is, was), removed: only(was, is) }
}
