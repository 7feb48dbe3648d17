import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import puppeteer, { type Browser, type Page } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Report } from '../model/report.ts'
import { htmlReport } from './html.ts'
import { RAW } from './testing/raw.ts'
import {
  HOSTILE_NAME,
  mixedReport,
  sampleArtifact,
  sampleFinding,
  sampleReport,
} from './testing/sample-reports.ts'

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)
const text = (report: Report) => [...htmlReport(report)].join('')

function hostile(): Report {
  const markup = `</script><script>document.title='forged'</script><img src=x onerror="document.title='forged'">`
  const file = sampleArtifact({ root: `models/${HOSTILE_NAME}`, members: [markup] })
  const top = sampleArtifact({ root: `models/${HOSTILE_NAME}`, members: [] })
  const finding = sampleFinding(file, {
    message: markup,
    title: markup,
    remediation: markup,
    subject: markup,
  })
  return sampleReport({
    artifacts: [top, file],
    findings: [finding],
    outcome: 'fail',
    reasons: [markup],
    warnings: [markup],
    targets: [markup],
  })
}

function many(count: number): Report {
  const file = sampleArtifact({ root: 'models/a.pkl', members: [] })
  const severities = ['critical', 'high', 'low'] as const
  const findings = Array.from({ length: count }, (_, i) =>
    sampleFinding(file, {
      message: `call number ${i}`,
      severity: severities[i % 3] ?? 'low',
      at: { offset: i },
      evidence: [],
    }),
  )
  return sampleReport({ artifacts: [file], findings, outcome: 'fail' })
}

describe('the page as text', () => {
  it('holds nothing that a name brought along as markup, and forbids everything but its own script', () => {
    const page = text(hostile())
    expect(page.match(/<script/g)?.length).toBe(2)
    expect(page).not.toContain('<img')
    expect(page).toMatch(/Content-Security-Policy" content="default-src 'none'; style-src 'sha256-/)
    expect(page.replaceAll('\n', '')).not.toMatch(RAW)
  })

  it('names no other host and loads nothing', () => {
    expect(text(mixedReport())).not.toMatch(/(?:src|href)="(?!#)/)
  })
})

if (!CHROMIUM) console.warn('skipped: no Chromium on this machine, so the HTML report is not opened in one')

describe.skipIf(!CHROMIUM)('the page in Chromium', () => {
  let browser: Browser
  let folder = ''
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'weighmaster-html-'))
    browser = await puppeteer.launch({
      executablePath: CHROMIUM ?? '',
      args: ['--no-sandbox'],
      timeout: 120_000,
    })
  }, 180_000)
  afterAll(async () => {
    await browser?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  async function open(report: Report, scheme: 'light' | 'dark' = 'light'): Promise<Page> {
    const file = path.join(folder, 'report.html')
    writeFileSync(file, text(report))
    const page = await browser.newPage()
    page.on('pageerror', (error) => {
      throw error
    })
    await page.setRequestInterception(true)
    page.on('request', (request) => {
      if (request.url().startsWith('file:')) return void request.continue()
      throw new Error(`the page asked for ${request.url()}`)
    })
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }])
    await page.goto(pathToFileURL(file).href)
    return page
  }

  const shown = (page: Page) => page.$$eval('#list > li', (items) => items.map((i) => i.textContent ?? ''))
  const status = (page: Page) => page.$eval('#count', (e) => e.textContent)

  it('lists findings with their decompiled calls, and the tree of artifacts', async () => {
    const page = await open(mixedReport())
    expect(await page.$eval('h1', (e) => e.textContent)).toMatch(/^fail /)
    const cards = await shown(page)
    expect(cards.length).toBe(mixedReport().findings.length + 1)
    expect(cards[0]).toContain("os.system('echo inert')")
    expect(await page.$eval('#tree', (e) => e.textContent)).toContain('archive/data.pkl'.split('/')[1])
    await page.close()
  })

  it('filters by search, severity, decision and place, by keyboard', async () => {
    const page = await open(mixedReport())
    await page.keyboard.press('/')
    await page.keyboard.type('attention7 acme')
    expect(await shown(page)).toHaveLength(1)
    await page.click('#clear')
    expect(await page.$eval('#query', (e) => e.matches(':focus'))).toBe(true)
    await page.click('#deciding')
    expect((await shown(page)).every((card) => !card.includes('Below the threshold'))).toBe(true)
    await page.click('#clear')
    await page.click('#severities label:first-of-type input')
    expect((await shown(page)).some((card) => card.startsWith('critical'))).toBe(false)
    await page.click('#clear')
    const place = await page.$('#tree button ::-p-text(evil.pkl)')
    await place?.click()
    expect(await status(page)).toMatch(/^1 finding of \d+ in models\/evil\.pkl$/)
    await page.close()
  })

  it('shows ten thousand findings a hundred at a time, and filters all of them', async () => {
    const page = await open(many(10_000))
    expect(await shown(page)).toHaveLength(100)
    await page.click('#more')
    expect(await shown(page)).toHaveLength(200)
    await page.type('#query', 'number 9999')
    expect(await shown(page)).toHaveLength(1)
    await page.close()
  })

  it('runs nothing that an artifact is called', async () => {
    const page = await open(hostile())
    expect(await page.title()).toBe('FAIL · weighmaster')
    expect(await page.$$('img')).toHaveLength(0)
    expect((await shown(page))[0]).toContain("<script>document.title='forged'")
    await page.close()
  })

  const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

  it.each(['light', 'dark'] as const)('has no violation that axe knows, in %s', async (scheme) => {
    const page = await open(mixedReport(), scheme)
    await page.setBypassCSP(true)
    await page.reload()
    await page.evaluate(AXE)
    const violations: string[] = (await page.evaluate(
      `axe.run().then((r) => r.violations.map((v) => v.id + ': ' + v.nodes.map((n) => n.html).join(' ')))`,
    )) as string[]
    expect(violations).toEqual([])
    await page.close()
  })
})
