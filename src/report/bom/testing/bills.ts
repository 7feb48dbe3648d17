import { type Artifact, artifactId } from '../../../model/artifact.ts'
import type { Fact, JsonObject } from '../../../model/fact.ts'
import type { LockEntry } from '../../../model/lock.ts'
import type { Coverage, Report } from '../../../model/report.ts'
import { HOSTILE_NAME, sampleArtifact, sampleFinding, sampleReport } from '../../testing/sample-reports.ts'
import type { Bill } from '../bill.ts'
import type { Located } from '../grouping.ts'
import { billOf } from '../project.ts'

export const COMMIT = 'c'.repeat(40)
export const HUB = 'https://huggingface.co'

export function fact(artifact: Artifact, kind: string, data: JsonObject, offset?: number): Fact {
  const at = offset === undefined ? {} : { at: { offset } }
  return { kind, artifact: artifact.id, count: 1, locations: [at], data, ...at }
}

export const says = (artifact: Artifact, property: string, value: string, how = 'declared') =>
  fact(artifact, 'model.property', { property, value, how }, how === 'measured' ? 8 : undefined)

function file(root: string, formats: string[], extra: Partial<Artifact> = {}): Artifact {
  return sampleArtifact(
    { root, members: [] },
    { formats, parent: artifactId({ root: '.', members: [] }), ...extra },
  )
}

function entry(
  kind: LockEntry['asked']['kind'],
  ref: string,
  display: string,
  more: Partial<LockEntry>,
): Located {
  const asked = { kind, ref, include: [], exclude: [], owners: [], path: display }
  const id = ref.replace(/^\w+:(?:datasets\/)?/, '').replace(/@.*$/, '')
  const resolved = { endpoint: HUB, id, pin: COMMIT, author: 'acme', createdAt: '2024-05-06T07:08:09.000Z' }
  const held = {
    asked,
    resolved,
    treeDigest: 'e'.repeat(64),
    files: [],
    edges: [],
    capabilities: [],
    ...more,
  }
  return { entry: held, display }
}

/** A project with one of everything: a locked model, adapter, dataset and plugin, a prompt, and what is missing or hostile. */
export function sampleProject(): { readonly report: Report; readonly located: readonly Located[] } {
  const config = file('m/base/config.json', ['hub-config'])
  const card = file('m/base/README.md', ['text'])
  const shards = [1, 2].map((n) => file(`m/base/model-0000${n}-of-00002.safetensors`, ['safetensors']))
  const pickle = file('m/base/training_args.bin', ['pickle'])
  const adapter = file('m/lora/adapter_config.json', ['hub-config'])
  const weights = file('m/lora/adapter_model.safetensors', ['safetensors'])
  const rows = file('d/rows/train.parquet', ['parquet'])
  const server = file('p/server/server.py', ['python'])
  const hostile = file(`m/${HOSTILE_NAME}`, ['pickle'])
  const cut = file('m/cut.gguf', ['gguf'])
  const files = [config, card, ...shards, pickle, adapter, weights, rows, server, hostile, cut]
  const coverage: Coverage[] = [{ artifact: cut.id, state: 'partial', why: ['truncated'] }]
  const gone = { path: 'eval.parquet', size: 7, sha256: 'a'.repeat(64), origin: 'claimed' as const }
  const report = sampleReport({
    artifacts: files,
    coverage,
    facts: [
      ...saysAll(config, {
        architecture: 'LlamaForCausalLM',
        'model-type': 'llama',
        'context-length': '8192',
      }),
      ...saysAll(card, {
        licence: 'apache-2.0',
        task: 'text-generation',
        dataset: 'acme/rows',
        language: 'en',
      }),
      ...saysAll(card, {
        metric: 'accuracy: 0.91',
        limitation: 'Made up for a test.',
        'base-model': 'other/origin',
      }),
      ...shards.flatMap((s) => [
        says(s, 'parameters', '500', 'measured'),
        says(s, 'dtype', 'BF16', 'measured'),
      ]),
      fact(
        pickle,
        'pickle.global',
        {
          module: 'transformers.training_args',
          callable: 'transformers.training_args.TrainingArguments',
          origin: 'import',
        },
        43,
      ),
      fact(pickle, 'pickle.global', { module: 'os', callable: 'os.system', origin: 'import' }, 99),
      says(adapter, 'base-model', 'acme/base'),
      says(adapter, 'licence', 'MIT OR Apache-2.0'),
      says(weights, 'parameters', '12', 'measured'),
      says(hostile, 'architecture', HOSTILE_NAME),
      says(hostile, 'licence', HOSTILE_NAME),
      says(hostile, 'base-model', HOSTILE_NAME),
      fact(server, 'capability.tool', { plugin: 'server', tool: 'search', hints: [] }),
      fact(server, 'capability.inferred', {
        plugin: 'server',
        tool: 'search',
        capability: 'net',
        scope: 'https://example.invalid',
        when: 'on-call',
      }),
      fact(server, 'signature.verified', {
        signature: 'server.sigstore.json',
        method: 'sigstore',
        identity: 'ci@example.invalid',
        issuer: 'https://issuer.example.invalid',
        fingerprint: 'f'.repeat(64),
      }),
    ],
    findings: [
      sampleFinding(pickle),
      sampleFinding(hostile, {
        message: HOSTILE_NAME,
        evidence: [{ at: { offset: 2 }, text: HOSTILE_NAME }],
      }),
    ],
    outcome: 'fail',
  })
  const located = [
    entry('models', 'hf:acme/base@main', 'm/base', { purl: `pkg:huggingface/acme/base@${COMMIT}` }),
    entry('models', 'hf:acme/lora@main', 'm/lora', {
      edges: [{ role: 'base-model', target: 'hf:acme/base', from: 'adapter_config.json' }],
    }),
    entry('datasets', 'hf:datasets/acme/rows@main', 'd/rows', { files: [gone] }),
    entry('plugins', 'npm:server@1.0.0', 'p/server', {
      surface: { 'tool:fetch': 'b'.repeat(64), 'prompt:review': 'b'.repeat(64) },
      capabilities: ['exec git'],
      edges: [
        { role: 'npm', target: 'npm:left-pad@1.3.0', from: 'package.json' },
        { role: 'npm', target: 'npm:@scope/name@^2.0.0', from: 'package.json' },
      ],
    }),
  ]
  return { report, located }
}

function saysAll(artifact: Artifact, properties: Readonly<Record<string, string>>): Fact[] {
  return Object.entries(properties).map(([name, value]) => says(artifact, name, value))
}

export function sampleBill(withFindings = false): Bill {
  const { report, located } = sampleProject()
  return billOf(report, { name: 'project', located, withFindings })
}

export const OPTIONS = { timestamp: '2023-11-14T22:13:20Z' }
