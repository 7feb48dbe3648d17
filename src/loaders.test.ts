import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { materialise } from '../fixtures/assemble/materialise.ts'
import { type LoaderView, scan } from './index.ts'
import { loadRules } from './rules/load.ts'

const FIXTURES = path.join(path.dirname(import.meta.dirname), 'fixtures')
const scratch = mkdtempSync(path.join(tmpdir(), 'weighmaster-loaders-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

/** One line: `runs os.system('echo inert')`, `refuses: os.system`, `loads`. */
function line(view: LoaderView | undefined): string {
  if (!view) return 'not opened'
  if (view.does === 'loads') return 'loads'
  if (view.does === 'refuses') return `refuses: ${view.refuses.join(', ')}`
  return view.acts.map((act) => `${act.verb} ${act.what.join(', ')}`).join('; ')
}

async function views(target: string): Promise<LoaderView[]> {
  const report = await scan([target], { jobs: 0 })
  return [...(report.loaders ?? [])]
}

describe('what loaders would do', () => {
  test.each([
    ['samples/hostile/model.pkl', 'pickle.load', "runs os.system('echo inert')"],
    ['samples/hostile/classifier.joblib', 'joblib.load', "runs os.system('echo inert')"],
    ['samples/hostile/pytorch_model.bin', 'torch.load(weights_only=False)', "runs os.system('echo inert')"],
    ['samples/hostile/pytorch_model.bin', 'torch.load(weights_only=True)', 'refuses: os.system'],
    ['samples/hostile/pytorch_model.bin', 'pickle.load', 'not opened'],
    ['samples/hostile/embeddings.npy', 'numpy.load(allow_pickle=True)', "runs os.system('echo inert')"],
    [
      'samples/hostile/embeddings.npy',
      'numpy.load(allow_pickle=False)',
      'refuses: An array of Python objects',
    ],
    ['benign/torch/state-dict.pt', 'torch.load(weights_only=True)', 'loads'],
    ['benign/torch/state-dict.pt', 'torch.load(weights_only=False)', 'loads'],
    ['benign/torch/script-linear.pt', 'torch.load(weights_only=True)', /^refuses: the form torchscript/],
    ['benign/torch/script-linear.pt', 'torch.jit.load', 'loads'],
  ])('%s by %s', async (file, call, expected) => {
    const said = line((await views(path.join(FIXTURES, file))).find((view) => view.call === call))
    if (typeof expected === 'string') expect(said).toBe(expected)
    else expect(said).toMatch(expected)
  })

  test.each([
    ['onnx/external-absolute', 'onnx.load', /^refuses: /, ['CVE-2022-25882', 'CVE-2024-27318']],
    ['torch-tar/payload-behind-raw-data', 'torch.load(weights_only=True)', /^refuses: /, ['CVE-2025-32434']],
    ['keras-config/lambda', 'keras.models.load_model(safe_mode=True)', /^refuses: /, ['CVE-2024-3660']],
    ['keras-config/lambda', 'keras.models.load_model(safe_mode=False)', /^runs /, []],
    ['r-data/promise-runs-system', 'readRDS / load', /^refuses: /, ['CVE-2024-27322']],
    ['skops/pickle-named-skops', 'skops.card.Card.get_model', /^refuses: /, ['CVE-2025-54886']],
    ['torch-storage/too-short', 'torch.load(weights_only=True)', /./, ['CVE-2026-24747']],
  ])('%s by %s, and the versions that do otherwise', async (name, call, expected, cves) => {
    const view = (await views(await materialise(name, scratch))).find((v) => v.call === call)
    expect(line(view)).toMatch(expected)
    expect(view?.weaknesses.map((w) => w.cve)).toEqual(cves)
  })

  test('says so where not everything was inspected', async () => {
    const [view] = await views(await materialise('zip/encrypted', scratch))
    expect(view?.complete ?? false).toBe(false)
  })
})

/** The answers of the real loader, by fixtures/benign/recipes/weights_only.py. */
const real: { torch: string; answers: Record<string, string> } = JSON.parse(
  readFileSync(path.join(FIXTURES, 'benign', 'recipes', 'weights-only.json'), 'utf8'),
)

test(`torch.load(weights_only=True) is told as torch ${real.torch} does it`, async () => {
  const said = new Map<string, string>()
  for (const view of await views(path.join(FIXTURES, 'benign', 'torch'))) {
    if (view.call === 'torch.load(weights_only=True)') said.set(path.basename(view.path), view.does)
  }
  const answers = Object.entries(real.answers).filter(([name]) => said.has(name))
  expect(answers.length).toBeGreaterThan(50)
  expect([...said.keys()].filter((name) => !(name in real.answers))).toEqual([])
  expect(answers.filter(([name, answer]) => said.get(name) !== answer)).toEqual([])
})

test('the table names rules, formats and lists that there are', async () => {
  const { catalogue } = await import('./engine/catalogue.ts')
  const { INSPECTORS } = await import('./inspect/registry.ts')
  const rules = await loadRules([], async () => catalogue())
  const ids = new Set(rules.rules.map((rule) => rule.id))
  const table = Object.values(rules.lists).flatMap((list) => (list.kind === 'loaders' ? list.entries : []))
  expect(table.length).toBeGreaterThan(20)
  const named = table.flatMap((loader) => [
    ...Object.values(loader.acts).flat(),
    ...(loader.refuses?.rules ?? []),
    ...loader.weaknesses.flatMap((w) => w.rules),
  ])
  expect(named.filter((rule) => !ids.has(rule))).toEqual([])
  const formats = new Set(INSPECTORS.map((inspector) => inspector.id))
  const opened = table.flatMap((loader) => loader.opens.flatMap((o) => o.format ?? []))
  expect(opened.filter((format) => !formats.has(format))).toEqual([])
  for (const { refuses } of table) {
    if (refuses?.allPicklesBut) expect(rules.lists[refuses.allPicklesBut]?.kind).toBe('names')
  }
})
