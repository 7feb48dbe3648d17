import { accessSync, constants, statfsSync } from 'node:fs'
import { availableParallelism, tmpdir, totalmem } from 'node:os'
import { catalogue } from '../engine/catalogue.ts'
import { loadPolicy } from '../policy/load.ts'
import { bytesText } from '../report/layout.ts'
import { loadRules } from '../rules/load.ts'
import { hubCache, sourceSettings } from './environment.ts'

/** One thing that was looked at. `bad` keeps weighmaster from working, `note` is worth knowing. */
export interface Check {
  readonly name: string
  readonly state: 'good' | 'note' | 'bad'
  readonly says: string
}

/** Room that spooled members and a quarantine ordinarily need. */
const ROOM = 2 * 1024 ** 3

/** What a person asks when something does not work: this machine, the shipped data, the project here. Changes nothing. */
export async function diagnose(folder: string, signal: AbortSignal): Promise<Check[]> {
  const checks: Check[] = [
    {
      name: 'Node.js',
      state: 'good',
      says: `${process.versions.node} on ${process.platform} ${process.arch}`,
    },
    {
      name: 'machine',
      state: 'good',
      says: `${availableParallelism()} cores, ${bytesText(totalmem())} of memory`,
    },
  ]
  checks.push(
    await check('rules', async () => {
      const { rules, digest } = await loadRules([], async () => catalogue())
      return `${rules.length} rules, digest ${digest.slice(0, 12)}`
    }),
    await check('policies', async () => {
      const names = ['strict', 'balanced', 'permissive']
      for (const name of names) await loadPolicy(name)
      return names.join(', ')
    }),
    await check('temporary folder', async () => temporaryRoom()),
    await check('project', async () => projectHere(folder)),
    await check('network', async () => {
      const { hub, hubToken, npm } = sourceSettings(folder, signal)
      const token = hubToken === undefined ? 'no token' : 'a token is set'
      return `hub ${hub} (${token})${npm === undefined ? '' : `, npm registry ${npm}`}; nothing was asked`
    }),
    { name: 'hub cache', state: 'good', says: hubCache() },
  )
  return checks
}

async function check(name: string, look: () => Promise<string | Omit<Check, 'name'>>): Promise<Check> {
  try {
    const seen = await look()
    return typeof seen === 'string' ? { name, state: 'good', says: seen } : { name, ...seen }
  } catch (error) {
    return { name, state: 'bad', says: error instanceof Error ? error.message : String(error) }
  }
}

function temporaryRoom(): Omit<Check, 'name'> {
  const folder = tmpdir()
  accessSync(folder, constants.W_OK)
  const { bavail, bsize } = statfsSync(folder)
  const free = bavail * bsize
  const says = `${folder}, ${bytesText(free)} free`
  return free < ROOM
    ? { state: 'note', says: `${says}: large archives may not fit` }
    : { state: 'good', says }
}

async function projectHere(folder: string): Promise<string | Omit<Check, 'name'>> {
  const { loadManifest } = await import('../lock/manifest.ts')
  const { loadLock } = await import('../lock/read.ts')
  const { LOCK_FILE, MANIFEST_FILE } = await import('../model/lock.ts')
  const { existsSync } = await import('node:fs')
  const { join } = await import('node:path')
  if (!existsSync(join(folder, MANIFEST_FILE)))
    return { state: 'note', says: `no ${MANIFEST_FILE} here; weighmaster init writes one` }
  await loadManifest(join(folder, MANIFEST_FILE))
  const lock = await loadLock(join(folder, LOCK_FILE))
  if (!lock)
    return { state: 'note', says: `${MANIFEST_FILE}, but no ${LOCK_FILE}; weighmaster lock writes it` }
  return `${MANIFEST_FILE} and ${LOCK_FILE}, ${lock.entries.length} entries`
}
