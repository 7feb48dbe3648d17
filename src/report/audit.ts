import { hash } from 'node:crypto'
import type { Artifact } from '../model/artifact.ts'
import { byCodePoint } from '../model/order.ts'
import type { Outcome, Report } from '../model/report.ts'

/**
 * The audit log: one JSON line for each judgement, chained by SHA-256. A line holds its number, the SHA-256 of the whole
 * line before it, and as its last member the SHA-256 of itself up to there. So an edited, removed, added or reordered
 * line is found, a cut in the middle included.
 *
 * What a chain alone cannot show: that lines are missing at its end, or that somebody wrote the whole file anew. For
 * that, keep the `head` of a verification elsewhere and give it to the next one as the anchor.
 */
export interface AuditEntry {
  /** ISO 8601, the one time of the run. */
  readonly time: string
  /** `user@host`, unless the caller says otherwise. */
  readonly who: string
  readonly tool: { readonly name: string; readonly version: string }
  readonly targets: readonly AuditTarget[]
  readonly policy: Report['policy']
  readonly rulesDigest: string
  readonly outcome: Outcome
  readonly exitCode: number
  /** Waivers and accepted globals that were used, with the number of findings each took away. */
  readonly waivers: readonly AuditWaiver[]
}

export interface AuditTarget {
  readonly path: string
  readonly files: number
  /**
   * SHA-256 of a file; of a folder, SHA-256 over the lines `["path","sha256"]` of the files scanned in it, in code-point
   * order (the `treeDigest` where nothing was left out). Null where a file has none (`--no-digest`, unreadable).
   */
  readonly sha256: string | null
}

export interface AuditWaiver {
  readonly rule: string
  readonly reason: string
  readonly owner: string
  readonly findings: number
}

export interface AuditContext {
  readonly time: Date
  readonly who: string
  readonly exitCode: number
}

export type AuditCheck =
  | { readonly ok: true; readonly entries: number; readonly head: string }
  | { readonly ok: false; readonly brokenAt: number; readonly why: string }

/** What stands before the first line. */
const NOTHING = '0'.repeat(64)

export function auditEntry(report: Report, context: AuditContext): AuditEntry {
  return {
    time: context.time.toISOString(),
    who: context.who,
    tool: { name: report.tool.name, version: report.tool.version },
    targets: auditTargets(report),
    policy: report.policy,
    rulesDigest: report.tool.rulesDigest,
    outcome: report.verdict.outcome,
    exitCode: context.exitCode,
    waivers: usedWaivers(report),
  }
}

/** The next line of a log, without its line feed; `last` is the log's last line, undefined for a new log. */
export function auditLine(entry: AuditEntry, last: string | undefined): string {
  const before = last === undefined ? undefined : readLine(last)
  const seq = before === undefined ? 1 : before.seq + 1
  const previous = last === undefined ? NOTHING : sha256(last)
  const body = JSON.stringify({ seq, previous, ...entry })
  return `${body.slice(0, -1)},"hash":"${sha256(body)}"}`
}

/**
 * Checks the chain. `anchor` is the `head` of an earlier verification: it must still be in the log, which finds a cut
 * tail and a log written anew. Lines are given without their line feeds; `brokenAt` counts from 1.
 */
export function verifyAudit(lines: Iterable<string>, anchor?: string): AuditCheck {
  const chain = new AuditChain(anchor)
  for (const line of lines) if (!chain.follow(line)) break
  return chain.result()
}

/** The same for a log that is read piece by piece. */
export class AuditChain {
  readonly #anchor: string
  #head = NOTHING
  #entries = 0
  #anchored: boolean
  #why: string | undefined

  constructor(anchor: string = NOTHING) {
    this.#anchor = anchor
    this.#anchored = anchor === NOTHING
  }

  /** Takes the next line; false once the chain is broken. */
  follow(line: string): boolean {
    if (this.#why !== undefined) return false
    this.#entries++
    this.#why = brokenLink(line, this.#entries, this.#head)
    this.#head = sha256(line)
    this.#anchored ||= this.#head === this.#anchor
    return this.#why === undefined
  }

  result(): AuditCheck {
    if (this.#why !== undefined) return { ok: false, brokenAt: this.#entries, why: this.#why }
    if (this.#anchored) return { ok: true, entries: this.#entries, head: this.#head }
    const why = 'the anchor is not in the log: lines were cut from its end, or it was written anew'
    return { ok: false, brokenAt: this.#entries + 1, why }
  }
}

function brokenLink(line: string, seq: number, previous: string): string | undefined {
  const read = parseLine(line)
  if (typeof read === 'string') return read
  if (read.seq !== seq)
    return `line ${seq} says it is number ${read.seq}: lines were removed, added or reordered`
  if (read.previous !== previous)
    return 'it does not follow the line before it: that one was changed or replaced'
  return undefined
}

interface Link {
  readonly seq: number
  readonly previous: string
}

function readLine(line: string): Link {
  const read = parseLine(line)
  if (typeof read === 'string') throw new Error(`the last line of the audit log is broken: ${read}`)
  return read
}

/** A line's place in the chain, or why it has none. */
function parseLine(line: string): Link | string {
  const [, open, own] = /^(\{.*),"hash":"([0-9a-f]{64})"\}$/s.exec(line) ?? []
  if (open === undefined) return 'it is not a line of an audit log, or was cut'
  const body = `${open}}`
  if (sha256(body) !== own) return 'its content does not have the SHA-256 that it ends with: it was changed'
  let data: unknown
  try {
    data = JSON.parse(body)
  } catch {
    return 'it is not JSON'
  }
  if (typeof data !== 'object' || data === null || !('seq' in data) || !('previous' in data)) {
    return 'it has no place in a chain'
  }
  const { seq, previous } = data
  if (typeof seq !== 'number' || !Number.isSafeInteger(seq)) return 'its number is none'
  return typeof previous === 'string' ? { seq, previous } : 'it names no line before it'
}

function usedWaivers(report: Report): AuditWaiver[] {
  const used = new Map<string, AuditWaiver>()
  for (const { rule, reason, owner } of report.verdict.waived) {
    const key = JSON.stringify([rule, reason, owner])
    used.set(key, { rule, reason, owner, findings: (used.get(key)?.findings ?? 0) + 1 })
  }
  return [...used.entries()].sort(([a], [b]) => byCodePoint(a, b)).map(([, waiver]) => waiver)
}

function auditTargets(report: Report): AuditTarget[] {
  const top = report.artifacts.filter((artifact) => artifact.parent === undefined)
  const inside = new Map<string, Artifact[]>(top.map((artifact) => [artifact.id, []]))
  for (const artifact of report.artifacts) {
    if (artifact.locator.members.length === 0 && artifact.size !== undefined) {
      inside.get(artifact.parent ?? '')?.push(artifact)
    }
  }
  return top.map((artifact) => {
    const path = artifact.locator.root
    if (artifact.size !== undefined) return { path, files: 1, sha256: digestOf(artifact) ?? null }
    const files = inside.get(artifact.id) ?? []
    return { path, files: files.length, sha256: treeDigest(path, files) ?? null }
  })
}

function treeDigest(root: string, files: readonly Artifact[]): string | undefined {
  const prefix = root.endsWith('/') ? root : `${root}/`
  const lines: string[] = []
  for (const file of files.toSorted((a, b) => byCodePoint(a.locator.root, b.locator.root))) {
    const digest = digestOf(file)
    if (digest === undefined) return undefined
    const name = file.locator.root
    lines.push(`${JSON.stringify([name.startsWith(prefix) ? name.slice(prefix.length) : name, digest])}\n`)
  }
  return sha256(lines.join(''))
}

function digestOf(artifact: Artifact): string | undefined {
  return artifact.digests.find((digest) => digest.origin === 'computed')?.hex
}

function sha256(text: string): string {
  return hash('sha256', text, 'hex')
}
