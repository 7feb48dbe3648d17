// `npm run bench:plugins`: what the scanner says of labelled plugins (both halves), of real ones from npm at pinned integrity
// (`--offline` leaves them out), and how long a collection of 500 skill files takes. Packages are fetched by npm itself, as
// this machine's npm is configured, and nothing in them is ever installed or run.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { checkData } from 'ssri'
import { cases } from '../fixtures/corpora/plugins/bundle.ts'
import { figures, results } from '../fixtures/corpora/plugins/measure.ts'
import { scan } from '../src/index.ts'
import { BIN, run } from './measure.ts'

const isVerbose = process.argv.includes('--verbose')
const percent = (part: number, whole: number) => `${((100 * part) / whole).toFixed(1)} %`

for (const half of ['open', 'held', 'held2'] as const) {
  const [malicious, benign] = [await results('malicious', half), await results('benign', half)]
  const f = figures(malicious, benign)
  console.log(
    `${half}: recall ${f.caught} of ${f.malicious} (${percent(f.caught, f.malicious)}; ${f.failed} fail, the others are incomplete), ` +
      `false alarms ${f.falseAlarms} of ${f.benign} (${percent(f.falseAlarms, f.benign)}), ` +
      `${f.findingsPerBenign.toFixed(2)} findings per benign plugin, ${f.incomplete} incomplete`,
  )
  // The held half is for measuring: its cases are not shown.
  if (!isVerbose || half !== 'open') continue
  for (const { name, outcome } of malicious) if (outcome !== 'fail') console.log(`  ${outcome} ${name}`)
  for (const { name, findings } of benign)
    for (const { rule, severity } of findings)
      if (severity !== 'info') console.log(`  ${severity} ${rule} ${name}`)
}
await skills()
if (!process.argv.includes('--offline')) await published()

/** A collection of 500 skills, one file each, by the command line in a process of its own. */
async function skills(): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'weighmaster-skills-'))
  const bodies = (['open', 'held'] as const)
    .flatMap((half) => cases('benign', half))
    .flatMap(({ files }) =>
      [...files].filter(([file]) => file.endsWith('SKILL.md')).map(([, bytes]) => bytes),
    )
  for (let i = 0; i < 500; i++) {
    const skill = path.join(folder, `skills/skill-${i}`)
    mkdirSync(skill, { recursive: true })
    const body = Buffer.from(bodies[i % bodies.length] ?? '').toString()
    writeFileSync(path.join(skill, 'SKILL.md'), body.replace(/^name: .*$/m, `name: skill-${i}`))
  }
  const { seconds, peakMiB } = await run(BIN, ['scan', '--quiet', '-f', 'json', folder])
  console.log(`500 skills: ${seconds.toFixed(2)} s, ${peakMiB.toFixed(0)} MiB (budget 5 s)`)
  rmSync(folder, { recursive: true })
}

interface Pin {
  readonly name: string
  readonly version: string
  readonly integrity: string
}

/** Real packages are taken for honest: what is loud about one is printed, to be looked at by a person. */
async function published(): Promise<void> {
  const store = process.env.WEIGHMASTER_BENCH_PACKAGES ?? path.join(tmpdir(), 'weighmaster-bench-packages')
  mkdirSync(store, { recursive: true })
  const pins: Pin[] = JSON.parse(readFileSync(path.join(import.meta.dirname, 'plugins.json'), 'utf8'))
  let [loud, all, incomplete, scanned, failed] = [0, 0, 0, 0, 0]
  for (const pin of pins) {
    const file = fetched(pin, store)
    if (!file) {
      failed++
      continue
    }
    const { findings, verdict } = await scan([file], { jobs: 0 })
    const alarms = findings.filter((f) => f.severity === 'high' || f.severity === 'critical')
    scanned++
    all += findings.length
    if (alarms.length > 0) loud++
    if (verdict.outcome === 'incomplete') incomplete++
    for (const { rule, path: where, message } of alarms)
      console.log(`  ${pin.name}@${pin.version} ${rule} ${where.slice(file.length)} ${message.slice(0, 120)}`)
    if (isVerbose) for (const { rule } of findings) console.log(`    ${pin.name} ${rule}`)
  }
  console.log(
    `published: ${scanned} npm packages, ${loud} with a finding of high or above (${percent(loud, scanned)}), ` +
      `${(all / scanned).toFixed(2)} findings per package, ${incomplete} incomplete${failed > 0 ? `, ${failed} not fetched` : ''}`,
  )
}

/** The tarball of a pin, kept from an earlier run or packed by npm; undefined where npm or its integrity fails. */
function fetched({ name, version, integrity }: Pin, store: string): string | undefined {
  const file = path.join(store, `${name.replaceAll('/', '+')}-${version}.tgz`)
  if (!existsSync(file)) {
    try {
      const args = ['pack', `${name}@${version}`, '--json', '--ignore-scripts', '--pack-destination', store]
      const answer: unknown = JSON.parse(
        execFileSync('npm', args, { stdio: ['ignore', 'pipe', 'ignore'] }).toString(),
      )
      const [packed] = Object.values(answer as Record<string, { filename: string }>)
      if (!packed) return undefined
      renameSync(path.join(store, packed.filename), file)
    } catch {
      console.log(`  ${name}@${version} could not be fetched`)
      return undefined
    }
  }
  return hasIntegrity(file, integrity) ? file : undefined
}

function hasIntegrity(file: string, integrity: string): boolean {
  const ok = checkData(readFileSync(file), integrity) !== false
  if (!ok) console.log(`  ${file} is not what was pinned`)
  return ok
}
