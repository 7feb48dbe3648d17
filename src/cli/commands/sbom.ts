import path from 'node:path'
import { runTime } from '../../engine/clock.ts'
import { projectPlaces, verify } from '../../engine/verify.ts'
import { loadLock } from '../../lock/read.ts'
import { LOCK_FILE } from '../../model/lock.ts'
import type { Report } from '../../model/report.ts'
import { UsageError } from '../../model/trouble.ts'
import type { Bill } from '../../report/bom/bill.ts'
import { billOf } from '../../report/bom/project.ts'
import { plural } from '../../report/layout.ts'
import { printable } from '../../report/printable.ts'
import { isRegularFile } from '../../report/tally.ts'
import type { SbomFlags, SbomFormat } from '../args-sbom.ts'
import { sourceSettings } from '../environment.ts'
import { EXIT } from '../exit.ts'
import { checkWritable, writeAtomically, writeStream } from '../outputs.ts'
import { judgeOptions, painterOf, withProgress } from '../present.ts'
import { untilInterrupted } from '../signals.ts'

/** `weighmaster sbom`: what is here, as a bill of materials. The verdict is not its business. */
export async function sbomCommand(targets: readonly string[], flags: SbomFlags): Promise<void> {
  const format = formatOf(flags)
  const output = flags.output === undefined ? undefined : { file: flags.output }
  if (output) await checkWritable([output])
  await untilInterrupted(async (signal) => {
    const bill = await billFor(targets, flags, signal)
    if (bill === undefined) {
      process.stderr.write('weighmaster: no regular file was met; no bill is written\n')
      process.exitCode = EXIT.nothing
      return
    }
    const pieces = await written(bill, format, flags)
    if (output) await writeAtomically(output, pieces)
    else await writeStream(process.stdout, pieces)
    if (!flags.quiet) tellGaps(bill)
  })
}

function formatOf({ format, score, specVersion, withFindings }: SbomFlags): SbomFormat {
  const chosen = format ?? (score ? 'text' : 'cyclonedx')
  const isBill = chosen === 'cyclonedx' || chosen === 'spdx'
  if (score && isBill) throw new UsageError(`--score is written as text or json, not as ${chosen}`)
  if (!score && !isBill) throw new UsageError(`-f ${chosen} is for --score; a bill is cyclonedx or spdx`)
  if (specVersion !== undefined && chosen !== 'cyclonedx')
    throw new UsageError('--spec-version is of CycloneDX; SPDX is written as 3.0.1')
  if (score && withFindings)
    throw new UsageError('--score judges the bill, which has no findings: leave one out')
  return chosen
}

/** The bill of targets, of a lock, or of the lock here; nothing where there is no file and no entry. */
async function billFor(
  targets: readonly string[],
  flags: SbomFlags,
  signal: AbortSignal,
): Promise<Bill | undefined> {
  const [only = LOCK_FILE] = targets
  const options = { withFindings: flags.withFindings ?? false }
  if (targets.length === 0 || (targets.length === 1 && only.endsWith('.lock'))) {
    const project = await projectOf(only)
    const { report } = await withProgress(judging(flags), (progress) =>
      verify(
        project,
        { ...judgeOptions(judging(flags)), ...progress, signal },
        sourceSettings(project.folder, signal),
      ),
    )
    if (project.places.length === 0) return undefined
    const located = project.places.map(({ entry, display }) => ({ entry, display }))
    return billOf(report, { ...options, located, name: path.basename(project.folder) })
  }
  if (targets.some((target) => target.endsWith('.lock')))
    throw new UsageError('a lock is the only target: the bill is of what it locks')
  const report = await withProgress(judging(flags), async (progress) => {
    const { scan } = await import('../../engine/scan.ts')
    return scan(targets, { ...judgeOptions(judging(flags)), ...progress, signal })
  })
  refuseUnreadable(report)
  if (!report.artifacts.some(isRegularFile)) return undefined
  const name = targets.length === 1 ? path.basename(path.resolve(only)) : targets.join(', ')
  return billOf(report, { ...options, name: only === '-' ? 'standard input' : name })
}

function judging(flags: SbomFlags) {
  return { ...flags, format: 'json' as const, output: [] }
}

async function projectOf(lockFile: string) {
  const lock = await loadLock(lockFile)
  if (!lock) {
    const hint =
      lockFile === LOCK_FILE ? 'name a target, or let weighmaster lock write it' : 'name one that exists'
    throw new UsageError(`${lockFile}: no lock here; ${hint}`)
  }
  const folder = path.dirname(path.resolve(lockFile))
  return { folder, lockFile, lock, places: projectPlaces(lock, folder) }
}

/** A bill of something that nobody could read would say that it is empty. */
function refuseUnreadable({ artifacts, coverage, targets }: Report): void {
  const roots = new Set(targets)
  const none = coverage.filter(({ state, why }) => state === 'none' && why?.includes('unreadable'))
  const unread = new Set(none.map(({ artifact }) => artifact))
  const bad = artifacts.find(
    ({ id, locator: { root, members } }) =>
      unread.has(id) && members.length === 0 && roots.has(root.replace(/\/$/, '') || '.'),
  )
  if (bad) throw new UsageError(`${bad.locator.root || '.'}: cannot be read; no bill is written`)
}

async function written(bill: Bill, format: SbomFormat, flags: SbomFlags): Promise<Iterable<string>> {
  const about = {
    timestamp: runTime()
      .toISOString()
      .replace(/\.\d{3}Z$/, 'Z'),
    ...(flags.author === undefined ? {} : { author: printable(flags.author) }),
  }
  switch (format) {
    case 'cyclonedx':
      return (await import('../../report/bom/cyclonedx.ts')).cyclonedx(
        bill,
        flags.specVersion ?? '1.7',
        about,
      )
    case 'spdx':
      return (await import('../../report/bom/spdx.ts')).spdx(bill, about)
    case 'json':
      return (await import('../../report/bom/score-text.ts')).scoreJson(bill, about)
    case 'text':
      return (await import('../../report/bom/score-text.ts')).scoreText(bill, about, painterOf(flags.color))
  }
}

/** Incomplete coverage is in the bill; a person should hear of it too. */
function tellGaps({ parts, files, unread }: Bill): void {
  const open = [...parts.flatMap((part) => part.files), ...files].filter(({ gaps }) => gaps.length > 0)
  const absent = parts.filter((part) => part.files.length === 0 && part.gaps.length > 0)
  const names = [...open, ...absent].map(({ path: at, gaps }) => `${at} (${gaps.join(', ')})`)
  const all = [...names, ...unread.map((at) => `${at} (unreadable)`)]
  if (all.length === 0) return
  const shown = all.slice(0, 3).join('; ')
  const more = all.length > 3 ? `; and ${all.length - 3} more` : ''
  process.stderr.write(
    `weighmaster: the bill is incomplete: ${plural(all.length, 'file')} not inspected in full: ${shown}${more}\n`,
  )
}
