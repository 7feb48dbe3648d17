import { describe, expect, it } from 'vitest'
import { type Artifact, artifactId } from '../../model/artifact.ts'
import { sampleArtifact, sampleReport } from '../testing/sample-reports.ts'
import type { Part } from './bill.ts'
import { licenceOf } from './licence.ts'
import { billOf } from './project.ts'
import { fact, sampleBill, says } from './testing/bills.ts'

const file = (root: string, formats: string[]): Artifact => sampleArtifact({ root, members: [] }, { formats })
const values = (part: Part | undefined, name: string) =>
  (part?.properties.get(name) ?? []).map(({ value, how }) => `${how} ${value}`)

describe('the bill of a lock', () => {
  const bill = sampleBill()
  const part = (name: string) => bill.parts.find((p) => p.name === name)

  it('has a part for each entry, with what its service says', () => {
    expect(bill.parts.map(({ kind, group, name }) => `${kind} ${group ?? ''}/${name}`)).toEqual([
      'dataset acme/rows',
      'model acme/base',
      'model /cut.gguf',
      'model acme/lora',
      expect.stringMatching(/^model /),
      'plugin /server',
    ])
    expect(part('base')).toMatchObject({ version: 'c'.repeat(40), origin: { publisher: 'acme' } })
  })

  it('adds the parameters of shards, and keeps what is declared apart', () => {
    expect(values(part('base'), 'parameters')).toEqual(['measured 1000'])
    expect(values(part('base'), 'context-length')).toEqual(['declared 8192'])
  })

  it('lists locked files that are not there as claimed and missing', () => {
    const rows = part('rows')
    expect(rows?.files.find(({ name }) => name === 'eval.parquet')).toMatchObject({
      gaps: ['missing'],
      sha256: { hex: 'a'.repeat(64), origin: 'claimed' },
    })
    expect(rows?.gaps).toEqual(['missing'])
  })

  it('leads to parts of its own where they are named, and to others by name', () => {
    const named = bill.edges.map(({ from, role, to }) => `${from} ${role} ${to}`)
    expect(named).toEqual(
      expect.arrayContaining([
        'model:m/base base-model model:external:other/origin',
        'model:m/base dataset dataset:d/rows',
        'model:m/base library library:external:transformers',
        'model:m/lora adapts model:m/base',
        'plugin:p/server package library:external:left-pad@1.3.0',
        'plugin:p/server package library:external:@scope/name',
      ]),
    )
    expect(bill.externals.map(({ name }) => name)).not.toContain('os')
    const left = bill.externals.find(({ name }) => name === 'left-pad')
    expect(left).toMatchObject({ purl: 'pkg:npm/left-pad@1.3.0', version: '1.3.0' })
    expect(bill.externals.find(({ group }) => group === '@scope')?.version).toBeUndefined()
  })
})

describe('the bill of a scan', () => {
  const bill = (artifacts: Artifact[], facts: Parameters<typeof sampleReport>[0]['facts'] = []) =>
    billOf(sampleReport({ artifacts, facts }), { name: 'x' })

  it('takes a folder with a configuration for one model, precisions beside each other counted once', () => {
    const config = file('r/config.json', ['hub-config'])
    const half = file('r/model.fp16.safetensors', ['safetensors'])
    const full = file('r/model.safetensors', ['safetensors'])
    const onnx = file('r/onnx/model.onnx', ['onnx'])
    const { parts, files } = bill(
      [config, half, full, onnx, file('r/LICENSE', ['text']), file('notes.txt', ['text'])],
      [
        says(config, 'architecture', 'Tiny'),
        ...[half, full, onnx].map((f) => says(f, 'parameters', '100', 'measured')),
      ],
    )
    expect(parts.map(({ path, files: own }) => [path, own.length])).toEqual([['r', 5]])
    expect(values(parts[0], 'parameters')).toEqual(['measured 100'])
    expect(files.map(({ path }) => path)).toEqual(['notes.txt'])
  })

  it('adds the networks of a pipeline', () => {
    const index = file('p/model_index.json', ['hub-config'])
    const [unet, vae] = ['unet', 'vae'].map((name) => file(`p/${name}/weights.safetensors`, ['safetensors']))
    const { parts } = bill(
      [index, ...[unet, vae].flatMap((f) => (f ? [f] : []))],
      [unet, vae].flatMap((f) => (f ? [says(f, 'parameters', '7', 'measured')] : [])),
    )
    expect(values(parts[0], 'parameters')).toEqual(['measured 14'])
  })

  it('keeps quantised variants apart, and joins shards and external data', () => {
    const paths = ['a-q4.gguf', 'a-q8.gguf', 'b-00001-of-00002.gguf', 'b-00002-of-00002.gguf']
    const { parts } = bill([
      ...paths.map((path) => file(`g/${path}`, ['gguf'])),
      file('g/m.onnx', ['onnx']),
      file('g/m.onnx.data', ['tensor-data']),
    ])
    expect(parts.map(({ path, files }) => [path, files.length])).toEqual([
      ['g/a-q4.gguf', 1],
      ['g/a-q8.gguf', 1],
      ['g/b.gguf', 2],
      ['g/m.onnx', 2],
    ])
  })

  it('keeps a model inside a plugin a model, and everything else in the plugin', () => {
    const manifest = file('tool/mcp.json', ['json'])
    const config = file('tool/model/config.json', ['hub-config'])
    const weights = file('tool/model/w.safetensors', ['safetensors'])
    const { parts } = bill(
      [manifest, config, weights, file('tool/a.py', ['python'])],
      [fact(manifest, 'plugin.manifest', { kind: 'mcpb', name: 'tool' }), says(config, 'model-type', 'x')],
    )
    expect(parts.map(({ kind, path, files }) => [kind, path, files.length])).toEqual([
      ['plugin', 'tool', 2],
      ['model', 'tool/model', 2],
    ])
  })

  it('takes a plugin whole: its manifest in a folder of its own, its skills and its servers', () => {
    const manifest = file('t/.claude-plugin/plugin.json', ['json'])
    const skill = file('t/skills/review/SKILL.md', ['text'])
    const servers = file('t/.mcp.json', ['json'])
    const client = file('.mcp.json', ['json'])
    const { parts, externals } = bill(
      [manifest, skill, servers, client],
      [
        fact(manifest, 'plugin.manifest', { kind: 'claude-plugin', name: 'tidy', version: '2.0.0' }),
        fact(skill, 'plugin.manifest', { kind: 'skill', name: 'review', version: '' }),
        fact(servers, 'plugin.manifest', { kind: 'mcp-config', name: '', version: '' }),
        fact(client, 'plugin.manifest', { kind: 'mcp-config', name: '', version: '' }),
        fact(client, 'plugin.source', { form: 'npm', name: '@acme/server', version: '1.2.3' }),
      ],
    )
    expect(parts.map(({ path, name, version, files }) => [path, name, version, files.length])).toEqual([
      ['.mcp.json', '.mcp.json', undefined, 1],
      ['t', 'tidy', '2.0.0', 3],
    ])
    expect(externals).toMatchObject([{ purl: 'pkg:npm/%40acme/server@1.2.3' }])
  })

  it('takes a signature over a folder for one over the models in it', () => {
    const folder = sampleArtifact({ root: 'all', members: [] }, { folder: true })
    const signed = {
      signature: 'model.sig',
      method: 'oms',
      identity: 'a@example.invalid',
      issuer: '',
      fingerprint: '',
    }
    const artifacts = [folder, file('all/one/w.gguf', ['gguf']), file('other.gguf', ['gguf'])]
    const { parts } = bill(artifacts, [fact(folder, 'signature.verified', signed)])
    expect(parts.map(({ path, signatures }) => [path, signatures.map(({ identity }) => identity)])).toEqual([
      ['all/one/w.gguf', ['a@example.invalid']],
      ['other.gguf', []],
    ])
  })

  it('takes a folder for a dataset whose card says so, and adds its rows', () => {
    const card = file('rows/README.md', ['text', 'card'])
    const tables = ['train', 'test'].map((name) => file(`rows/data/${name}.parquet`, ['parquet']))
    const { parts } = bill(
      [card, ...tables],
      [
        fact(card, 'card.document', { of: 'dataset' }),
        says(card, 'licence', 'CC-BY-4.0'),
        ...tables.map((table) =>
          fact(table, 'parquet.file', { rows: 50, columns: 2, groups: 1, writer: '' }),
        ),
      ],
    )
    expect(parts.map(({ kind, path, files }) => [kind, path, files.length])).toEqual([['dataset', 'rows', 3]])
    expect(values(parts[0], 'rows')).toEqual(['measured 100'])
    expect(parts[0]?.licences).toMatchObject([{ form: 'id', text: 'CC-BY-4.0', by: 'rows/README.md' }])
  })

  it('attributes what a member says to the file it is in', () => {
    const top = file('a/model.tar', ['tar'])
    const member = sampleArtifact(
      { root: 'a/model.tar', members: ['w.safetensors'] },
      { parent: artifactId(top.locator), formats: ['safetensors'] },
    )
    const { files } = bill([top, member], [says(member, 'parameters', '5', 'measured')])
    expect(files[0]?.properties.get('parameters')?.[0]).toMatchObject({
      value: '5',
      by: 'a/model.tar!/w.safetensors',
    })
  })
})

describe('licences', () => {
  it.each([
    ['apache-2.0', 'id', 'Apache-2.0'],
    ['gpl-3.0', 'id', 'GPL-3.0'],
    ['MIT OR Apache-2.0', 'expression', 'MIT OR Apache-2.0'],
    ['llama3.1', 'name', 'llama3.1'],
    ['mine AND yours', 'name', 'mine AND yours'],
    ['constructor', 'name', 'constructor'],
  ])('%s', (text, form, expected) => {
    expect(licenceOf(text)).toEqual({ form, text: expected })
  })
})
