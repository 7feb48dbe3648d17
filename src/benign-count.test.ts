import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { casesOf, inspectorFolders, materialise } from '../fixtures/assemble/materialise.ts'
import { scan } from './index.ts'
import { FORMATS } from './inspect/formats.ts'
import { INSPECTORS } from './inspect/registry.ts'

/** What the issue asks of every inspector: honest files that neither fail nor are incomplete. */
const LEAST = 3

/** Inspectors whose honest files are made by hand, all or some, and why. Whoever finds a writer takes the line away. */
const BY_HAND: Readonly<Record<string, string>> = {
  ggml: 'its writers are gone; from the sources of ggml and whisper.cpp',
  tfjs: 'tensorflowjs cannot be installed here; from the format',
  coreml: 'coremltools cannot be installed here; from Model.proto',
  mlpackage: 'coremltools cannot be installed here; from modelpackage',
  catboost: 'catboost cannot be installed here; from model.fbs',
  mxnet: 'mxnet cannot be installed here; from its sources',
  'mxnet-symbol': 'mxnet cannot be installed here; from its sources',
  torch7: 'Torch7 is gone; from the documentation of its serialisation',
  rar: 'rar is not free; from the technical note of its format',
  triton: 'people write it; from model_config.proto and the documentation',
  mcpb: 'written with the manifest that mcpb init asks for; its tool is not a dependency',
  'torchserve-config': 'people write it; from the documentation',
  paddle: 'paddlepaddle cannot be installed here; from framework.proto',
  pmml: 'no writer can be installed here; from the specification',
  openvino: 'openvino cannot be installed here; from the IR documentation',
  executorch: 'executorch cannot be installed here; from program.fbs',
  'executorch-data': 'executorch cannot be installed here; from flat_tensor.fbs',
  compound: 'the writers are Office before 2007; from [MS-CFB]',
  croissant: 'mlcroissant cannot be installed here; from the specification',
  skops: 'skops cannot be installed here; from its sources',
  'mar-manifest': 'torch-model-archiver cannot be installed here; one is by its documentation',
}

/** An honest one cannot pass, by design. */
const NEVER_PASSES: Readonly<Record<string, string>> = {
  'git-bundle': 'packed objects are not read',
  'torch-tar': 'the form itself is a finding: weights_only did not hold for it (CVE-2025-32434)',
}

const scratch = mkdtempSync(path.join(tmpdir(), 'weighmaster-benign-count-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const FIXTURES = path.join(path.dirname(import.meta.dirname), 'fixtures')
/** Inspector → honest files that it claimed: made by a real writer, and by hand. */
const real = new Map<string, number>()
const hand = new Map<string, number>()

async function count(target: string, into: Map<string, number>): Promise<void> {
  const report = await scan([target], { jobs: 0 })
  if (report.verdict.outcome !== 'pass') return
  const files = new Map<string, Set<string>>()
  for (const { formats, locator } of report.artifacts) {
    for (const format of formats) files.set(format, (files.get(format) ?? new Set()).add(locator.root))
  }
  for (const [format, roots] of files) into.set(format, (into.get(format) ?? 0) + roots.size)
}

beforeAll(async () => {
  await count(path.join(FIXTURES, 'benign'), real)
  for (const inspector of inspectorFolders()) {
    for (const name of casesOf(inspector)) {
      const folder = path.join(FIXTURES, inspector, name)
      const { outcome } = JSON.parse(readFileSync(path.join(folder, 'expected.json'), 'utf8'))
      if (outcome !== 'pass') continue
      // What is committed as bytes came from a real writer; what a make.ts builds is by hand.
      const isMade = readdirSync(folder).includes('make.ts')
      await count(await materialise(`${inspector}/${name}`, scratch), isMade ? hand : real)
    }
  }
}, 300_000)

/** What is only recognised never passes; a searcher runs on what nobody claims. */
const judged = INSPECTORS.filter(
  ({ id, searches }) => !searches && (FORMATS[id]?.depth.length ?? 0) > 0 && !(id in NEVER_PASSES),
).map(({ id }) => id)

test.each(judged)('%s has three honest files that pass', (id) => {
  const [written, made] = [real.get(id) ?? 0, hand.get(id) ?? 0]
  const said = `${written} by a real writer, ${made} by hand`
  expect(written + made, said).toBeGreaterThanOrEqual(LEAST)
  if (written < LEAST) expect(BY_HAND[id], `${said}: say why in BY_HAND`).toBeDefined()
  else expect(BY_HAND[id], `${said}: it needs no excuse`).toBeUndefined()
})
