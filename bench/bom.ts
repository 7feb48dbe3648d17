// `npm run bench:bom`: the figures of the bill of materials issue. A bill of 10,000 files beyond the scan (≤ 2 s); an HTML report of
// 10,000 findings filters in Chromium (≤ 200 ms); a policy with CEL conditions over 10,000 findings (≤ 500 ms). Nothing here
// fails a build. Run after `npm run build`.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import puppeteer from 'puppeteer-core'
import { rejudge } from '../src/engine/rejudge.ts'
import { scan } from '../src/engine/scan.ts'
import type { Report } from '../src/model/report.ts'
import { cyclonedx } from '../src/report/bom/cyclonedx.ts'
import { billOf } from '../src/report/bom/project.ts'
import { score } from '../src/report/bom/score.ts'
import { spdx } from '../src/report/bom/spdx.ts'
import { htmlReport } from '../src/report/html.ts'
import { sampleArtifact, sampleFinding, sampleReport } from '../src/report/testing/sample-reports.ts'

const FILES = 10_000
const FINDINGS = 10_000
const FOLDERS = 100
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)

/** Wall-clock time, and what this process itself used of the processor: on a busy machine the second is the honest one. */
async function timed<T>(
  run: () => T | Promise<T>,
): Promise<{ readonly value: T; readonly ms: number; readonly cpu: number }> {
  const [started, used] = [performance.now(), process.cpuUsage()]
  const value = await run()
  const { user, system } = process.cpuUsage(used)
  return { value, ms: performance.now() - started, cpu: (user + system) / 1000 }
}

const line = (what: string, ms: number, target: string, cpu?: number) => {
  const processor = cpu === undefined ? '' : `, ${cpu.toFixed(0)} ms of processor`
  console.log(`${what}: ${ms.toFixed(0)} ms${processor} (target ≤ ${target})`)
}

/** A hundred models of ninety-eight weights each, with a configuration and a card. */
function models(folder: string): void {
  const header = Buffer.from(
    JSON.stringify({ w: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } }).padEnd(72),
  )
  const weights = Buffer.concat([Buffer.from([header.length, 0, 0, 0, 0, 0, 0, 0]), header, Buffer.alloc(4)])
  for (let i = 0; i < FOLDERS; i++) {
    const model = path.join(folder, `model-${String(i).padStart(3, '0')}`)
    mkdirSync(model, { recursive: true })
    writeFileSync(
      path.join(model, 'config.json'),
      `{"architectures": ["Tiny"], "model_type": "tiny", "n_layer": ${i}}`,
    )
    writeFileSync(path.join(model, 'README.md'), `# Model ${i}\n`)
    for (let j = 0; j < FILES / FOLDERS - 2; j++)
      writeFileSync(path.join(model, `layer-${j}.safetensors`), weights)
  }
}

async function bills(folder: string): Promise<void> {
  const target = path.join(folder, 'models')
  models(target)
  const { value: report, ms } = await timed(() => scan([target]))
  console.log(`scan of ${report.artifacts.length} artifacts: ${ms.toFixed(0)} ms`)
  const options = { timestamp: '2023-11-14T22:13:20Z' }
  const written = (pieces: Iterable<string>) => {
    let bytes = 0
    for (const piece of pieces) bytes += Buffer.byteLength(piece)
    return bytes
  }
  const { value: bill, ms: projected, cpu: used } = await timed(() => billOf(report, { name: 'bench' }))
  console.log(`  ${bill.parts.length} parts in ${projected.toFixed(0)} ms`)
  for (const [name, write] of [
    ['CycloneDX 1.7', () => written(cyclonedx(bill, '1.7', options))],
    ['CycloneDX 1.6', () => written(cyclonedx(bill, '1.6', options))],
    ['SPDX 3.0.1', () => written(spdx(bill, options))],
    ['score', () => score(bill, options).length],
  ] as const) {
    const { value, ms: spent, cpu } = await timed(write)
    line(`bill of ${FILES} files, ${name} (${value})`, projected + spent, '2 s beyond the scan', used + cpu)
  }
}

function many(): Report {
  const file = sampleArtifact({ root: 'models/a.pkl', members: [] })
  const severities = ['critical', 'high', 'low'] as const
  const findings = Array.from({ length: FINDINGS }, (_, i) =>
    sampleFinding(file, {
      message: `call number ${i}`,
      severity: severities[i % 3] ?? 'low',
      at: { offset: i },
    }),
  )
  return sampleReport({ artifacts: [file], findings, outcome: 'fail' })
}

/** From the key to the drawn list, as the page itself sees it. */
async function page(folder: string): Promise<void> {
  if (!CHROMIUM) return console.log('no Chromium on this machine: the HTML report is not measured')
  const file = path.join(folder, 'report.html')
  writeFileSync(file, [...htmlReport(many())].join(''))
  const browser = await puppeteer.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox'],
    timeout: 120_000,
  })
  try {
    const tab = await browser.newPage()
    const { ms } = await timed(() => tab.goto(pathToFileURL(file).href))
    console.log(`HTML of ${FINDINGS} findings opens in ${ms.toFixed(0)} ms`)
    const spent = await tab.evaluate(`(async () => {
      const query = document.querySelector('#query')
      const times = []
      for (const text of ['n', 'number 9', 'number 9999', 'nothing at all', '']) {
        const started = performance.now()
        query.value = text
        query.dispatchEvent(new Event('input', { bubbles: true }))
        await new Promise((done) => requestAnimationFrame(() => setTimeout(done)))
        times.push(performance.now() - started)
      }
      return Math.max(...times)
    })()`)
    line(`HTML of ${FINDINGS} findings, slowest filter`, Number(spent), '200 ms')
  } finally {
    await browser.close()
  }
}

const POLICY = `extends: balanced
fail-on: high
conditions:
  - name: no-late-calls
    each: finding
    deny: 'finding.severity == "critical" && finding.message.matches("number 99+$")'
    message: late
  - name: few-findings
    deny: 'report.findings.filter(f, f.severity == "high").size() > 100000'
    message: many
`

async function policy(folder: string): Promise<void> {
  const file = path.join(folder, 'policy.yaml')
  writeFileSync(file, POLICY)
  // Rules and policy are read once, before the clock runs.
  const report = many()
  await rejudge({ ...report, findings: [] }, { policy: file })
  const { value, ms, cpu } = await timed(() => rejudge(report, { policy: file }))
  const denied = value.report.findings.filter((f) => f.rule.startsWith('policy/')).length
  line(`policy with CEL over ${FINDINGS} findings (${denied} denied)`, ms, '500 ms', cpu)
}

const folder = mkdtempSync(path.join(tmpdir(), 'weighmaster-bench-bom-'))
try {
  await bills(folder)
  await policy(folder)
  await page(folder)
} finally {
  rmSync(folder, { recursive: true })
}
