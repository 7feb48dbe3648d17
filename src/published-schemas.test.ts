import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { parseSettings } from './codec/settings.ts'
import { readManifest } from './lock/manifest.ts'
import { readLock } from './lock/read.ts'
import { treeDigest } from './lock/tree.ts'
import { readPolicy } from './policy/read.ts'
import type { Policy } from './policy/schema.ts'
import { ruleFiles } from './rules/files.ts'
import { SHIPPED } from './rules/load.ts'
import { readRules } from './rules/read.ts'
import { readList } from './rules/read-list.ts'
import { SIGSTORE, signerCases } from './sign/testing/schema-cases.ts'

const SCHEMAS = path.join(path.dirname(import.meta.dirname), 'schemas')
const ajv = new Ajv2020({ allErrors: false, strict: true, strictRequired: false, allowUnionTypes: true })
formats.default(ajv)
const validators = new Map(
  ['rule', 'list', 'policy', 'manifest', 'lock'].map((name) => {
    const schema: object = JSON.parse(readFileSync(path.join(SCHEMAS, `${name}.schema.json`), 'utf8'))
    return [name, ajv.compile(schema)]
  }),
)

const bySchema = (name: string, text: string) => validators.get(name)?.(parse(text)) === true

const preset: Policy = {
  name: '',
  digest: '',
  failOn: 'high',
  acceptGlobals: [],
  overrides: [],
  waivers: [],
  signers: [],
  demands: [],
  conditions: [],
}
const READERS: Record<string, (text: string) => unknown> = {
  rule: (text) => readRules(parseSettings(text, 'demo.yaml'), 'demo'),
  list: (text) => readList(parseSettings(text, 'demo.yaml')),
  policy: (text) => readPolicy(text, 'demo', 'demo.yaml', () => preset),
  manifest: (text) => readManifest(text, 'demo.yaml'),
  lock: (text) => readLock(Buffer.from(text), 'demo.lock'),
}

function byLoader(name: string, text: string): boolean {
  try {
    READERS[name]?.(text)
    return true
  } catch {
    return false
  }
}

describe('every shipped file is valid by the published schema', () => {
  test.each(ruleFiles(SHIPPED).map((file) => [file.name, file.text] as const))('%s', (name, text) => {
    const validate = validators.get(name.startsWith('lists/') ? 'list' : 'rule')
    validate?.(parse(text))
    expect(validate?.errors ?? []).toEqual([])
  })

  const policies = path.join(SHIPPED, 'policies')
  test.each(readdirSync(policies))('policies/%s', (name) => {
    expect(bySchema('policy', readFileSync(path.join(policies, name), 'utf8'))).toBe(true)
  })
})

const RULE = {
  id: 'demo/thing',
  title: 'A thing',
  severity: 'high',
  confidence: 'low',
  when: { fact: 'demo.thing' } as unknown,
  message: 'm',
  remediation: 'r',
  taxonomies: {},
  examples: {
    hit: [{ fact: 'demo.thing', data: {} }] as unknown[],
    miss: [[{ fact: 'demo.thing', data: { a: [1] }, count: 2 }], []] as unknown[],
  },
}
const rule = (changes: object = {}) => ({ rules: [{ ...RULE, ...changes }] })
const when = (condition: unknown) => rule({ when: condition })
const names = (...entries: unknown[]) => ({ kind: 'names', entries })
const LOADER = { call: 'f.load', package: 'f', opens: [{ layout: 'torch' }] }
const loaders = (...entries: unknown[]) => ({ kind: 'loaders', entries })
const signatures = (...entries: unknown[]) => ({
  kind: 'signatures',
  framework: 'f',
  derivedFrom: 'd',
  entries,
})
const WAIVER = { rule: 'a/b', path: 'x', reason: 'r', owner: 'o', expires: '2027-01-31' }
const { path: _path, ...PATHLESS } = WAIVER
const waiver = (changes: object) => ({ waivers: [{ ...WAIVER, ...changes }] })

const FILE = { origin: 'claimed', sha256: '0'.repeat(64), size: 1 }
const lock = (changes: object = {}, file: object = {}, name = 'a/b.bin') => ({
  lockVersion: 1,
  entries: [
    {
      asked: {
        kind: 'models',
        ref: 'hf:a/b',
        include: [],
        exclude: [],
        owners: [],
        path: 'artifacts/models/a/b',
      },
      capabilities: [],
      edges: [{ from: 'config.json', role: 'auto_map', target: 'hf:c/d' }],
      files: { [name]: { ...FILE, ...file } },
      resolved: { endpoint: 'https://huggingface.co', id: 'a/b', pin: '1' },
      treeDigest: treeDigest([{ path: name, sha256: FILE.sha256 }]),
      ...changes,
    },
  ],
})

/** JSON is YAML: the same text for both. `true` is accepted by both, `false` refused by both. */
const CASES: [string, string, boolean, unknown][] = [
  ...signerCases(lock),
  ['rule', 'a plain rule', true, rule()],
  [
    'rule',
    'all tests',
    true,
    when({ fact: 'a', where: { x: 1, y: null, z: { in: ['a'], regex: 'b', min: 1.5, exists: true } } }),
  ],
  [
    'rule',
    'conditions',
    true,
    when({ all: [{ any: [{ fact: 'a' }, { not: { fact: 'b' } }] }, { fact: 'c', count: { min: 1 } }] }),
  ],
  [
    'rule',
    'exclusions',
    true,
    when({ fact: 'a', not: [{ where: { x: 1 } }, { signature: 'l' }], signature: 'l' }),
  ],
  ['rule', 'no rules', false, { rules: [] }],
  ['rule', 'unknown key at the top', false, { ...rule(), lists: [] }],
  ['rule', 'unknown key', false, rule({ tags: [] })],
  ['rule', 'no examples', false, rule({ examples: undefined })],
  ['rule', 'no miss', false, rule({ examples: { hit: [{ fact: 'a', data: {} }] } })],
  ['rule', 'empty hit', false, rule({ examples: { hit: [], miss: [{ fact: 'a', data: {} }] } })],
  [
    'rule',
    'example without data',
    false,
    rule({ examples: { hit: [{ fact: 'a' }], miss: [{ fact: 'a', data: {} }] } }),
  ],
  ['rule', 'bad id', false, rule({ id: 'demo/Thing' })],
  ['rule', 'bad severity', false, rule({ severity: 'none' })],
  ['rule', 'empty title', false, rule({ title: ' ' })],
  ['rule', 'number as title', false, rule({ title: 3 })],
  ['rule', 'bad CWE', false, rule({ taxonomies: { cwe: ['CWE-0'] } })],
  ['list', 'loaders', true, loaders({ call: 'f.load', package: 'f', opens: [{ format: 'pickle' }] })],
  ['list', 'loader of nothing', false, loaders({ call: 'f.load', package: 'f', opens: [] })],
  ['list', 'loader by nothing', false, loaders({ call: 'f.load', package: 'f', opens: [{}] })],
  ['list', 'loader without a call', false, loaders({ package: 'f', opens: [{ layout: 'torch' }] })],
  [
    'list',
    'weakness without a number',
    false,
    loaders({ ...LOADER, weaknesses: [{ cve: 'CVE-1', does: 'x', rules: ['a/b'] }] }),
  ],
  [
    'list',
    'loader with a weakness',
    true,
    loaders({ ...LOADER, weaknesses: [{ cve: 'CVE-2025-1716', does: 'x', rules: ['a/b'] }] }),
  ],
  ['rule', 'bad CVE', false, rule({ taxonomies: { cve: ['CVE-25-1'] } })],
  ['rule', 'unknown taxonomy', false, rule({ taxonomies: { capec: [] } })],
  ['rule', 'empty condition', false, when({})],
  ['rule', 'two heads', false, when({ fact: 'a', all: [{ fact: 'b' }] })],
  ['rule', 'empty all', false, when({ all: [] })],
  ['rule', 'unknown test', false, when({ fact: 'a', where: { x: { glob: '*' } } })],
  ['rule', 'empty test', false, when({ fact: 'a', where: { x: {} } })],
  ['rule', 'list as test', false, when({ fact: 'a', where: { x: ['a'] } })],
  ['rule', 'empty where', false, when({ fact: 'a', where: {} })],
  ['rule', 'empty exclusion', false, when({ fact: 'a', not: {} })],
  ['rule', 'no exclusions', false, when({ fact: 'a', not: [] })],
  ['rule', 'negative count', false, when({ fact: 'a', count: { min: -1 } })],
  ['rule', 'empty count', false, when({ fact: 'a', count: {} })],
  ['rule', 'text as min', false, when({ fact: 'a', where: { x: { min: '3' } } })],
  ['list', 'names', true, names('a', 'a.b', 'os.*', { name: 'c', why: 'd' })],
  [
    'list',
    'signatures',
    true,
    signatures({
      global: 'a.b',
      call: [[], ['int|str*', 'object:numpy.dtype', { in: [1, 'x'] }]],
      build: ['any?'],
    }),
  ],
  ['list', 'no kind', false, { entries: ['a'] }],
  ['list', 'no entries', false, names()],
  ['list', 'a prefix', false, names('os*')],
  ['list', 'everything', false, names('*')],
  ['list', 'white space', false, names('a b')],
  ['list', 'signature of a module', false, signatures({ global: 'os.*', reference: true })],
  ['list', 'signature of nothing', false, signatures({ global: 'a.b' })],
  ['list', 'unknown kind', false, signatures({ global: 'a.b', call: [['integer']] })],
  ['list', 'flat call', false, signatures({ global: 'a.b', call: ['int'] })],
  ['list', 'unknown role', false, signatures({ global: 'a.b', reduce: [[]] })],
  [
    'list',
    'no origin',
    false,
    { kind: 'signatures', framework: 'f', entries: [{ global: 'a', reference: true }] },
  ],
  [
    'policy',
    'a whole one',
    true,
    {
      extends: 'strict',
      'fail-on': 'low',
      'accept-globals': ['a.B'],
      overrides: [{ path: '**', severity: { 'a/b': 'info' } }],
      ...waiver({}),
    },
  ],
  [
    'policy',
    'by digest',
    true,
    { waivers: [{ ...PATHLESS, digest: `sha256:${'0'.repeat(64)}`, rule: 'coverage' }] },
  ],
  [
    'policy',
    'demands and conditions',
    true,
    {
      formats: { allow: ['safetensors', 'g*'], deny: ['pickle'] },
      licences: ['Apache-2.0'],
      publishers: { deny: ['x'] },
      capabilities: ['net(*)'],
      signed: true,
      pinned: true,
      'max-age': '365d',
      overrides: [{ reference: 'hf:acme/**', formats: ['pickle'] }],
      conditions: [{ name: 'a-b', each: 'artifact', deny: 'true', message: 'm' }],
    },
  ],
  ['policy', 'demand of nothing', false, { formats: {} }],
  ['policy', 'empty names', false, { licences: [] }],
  ['policy', 'age in weeks', false, { 'max-age': '3w' }],
  ['policy', 'two scopes', false, { overrides: [{ path: 'a', reference: 'b', pinned: true }] }],
  [
    'policy',
    'condition of something else',
    false,
    { conditions: [{ name: 'a', each: 'file', deny: 'true', message: 'm' }] },
  ],
  ['policy', 'unknown key', false, { failOn: 'low' }],
  ['policy', 'unknown severity', false, { 'fail-on': 'never' }],
  ['policy', 'extends a file', false, { extends: 'other.yaml' }],
  ['policy', 'pattern of globals', false, { 'accept-globals': ['torch.*'] }],
  ['policy', 'override of nothing', false, { overrides: [{ path: 'a' }] }],
  ['policy', 'override with an empty severity', false, { overrides: [{ path: 'a', severity: {} }] }],
  ['policy', 'override of no rule', false, { overrides: [{ path: 'a', severity: { sink: 'low' } }] }],
  ['policy', 'no reason', false, waiver({ reason: undefined })],
  ['policy', 'empty owner', false, waiver({ owner: '' })],
  ['policy', 'no date', false, waiver({ expires: 'soon' })],
  ['policy', 'no such day', false, waiver({ expires: '2027-02-29' })],
  ['policy', 'nothing waived', false, { waivers: [PATHLESS] }],
  ['policy', 'two things waived', false, waiver({ digest: `sha256:${'0'.repeat(64)}` })],
  ['policy', 'short digest', false, { waivers: [{ ...PATHLESS, digest: 'sha256:00' }] }],
  ['policy', 'every rule', false, waiver({ rule: '*' })],
  ['manifest', 'nothing', true, {}],
  ['manifest', 'strings', true, { models: ['hf:a/b@main'], prompts: ['file:./p'], policy: 'strict' }],
  [
    'manifest',
    'a whole entry',
    true,
    {
      plugins: [
        {
          ref: 'npm:a@1.0.0',
          include: ['*.js'],
          exclude: ['x/**'],
          signer: SIGSTORE,
          policy: 'p.yaml',
          path: 'p/a',
          owners: ['me'],
        },
      ],
    },
  ],
  ['manifest', 'unknown list', false, { model: [] }],
  ['manifest', 'unknown key', false, { models: [{ ref: 'hf:a/b', revision: 'x' }] }],
  ['manifest', 'no reference', false, { models: [{ path: 'x' }] }],
  ['manifest', 'unknown scheme', false, { models: ['s3://a/b'] }],
  ['manifest', 'no scheme', false, { models: ['a/b'] }],
  ['manifest', 'a number', false, { models: [1] }],
  ['manifest', 'a path outside', false, { models: [{ ref: 'hf:a/b', path: '../x' }] }],
  ['manifest', 'an absolute path', false, { models: [{ ref: 'hf:a/b', path: '/x' }] }],
  ['manifest', 'empty include', false, { models: [{ ref: 'hf:a/b', include: [] }] }],
  ['manifest', 'a glob outside', false, { models: [{ ref: 'hf:a/b', exclude: ['a/../../x'] }] }],
  ['lock', 'an entry', true, lock()],
  ['lock', 'a whole file', true, lock({}, { gitBlob: 'a'.repeat(40), lfs: true, integrity: 'sha512-AAAA' })],
  [
    'lock',
    'what other parts fill in',
    true,
    lock({
      surface: { 'tool:x': '0'.repeat(64) },
      prompts: { 'a.md': 'text\n', empty: '' },
    }),
  ],
  ['lock', 'a surface without digest', false, lock({ surface: { 'tool:x': 'x' } })],
  ['lock', 'a prompt outside', false, lock({ prompts: { '../a.md': '' } })],
  ['lock', 'newer', false, { ...lock(), lockVersion: 2 }],
  ['lock', 'unknown key', false, { ...lock(), generatedAt: 'now' }],
  ['lock', 'unknown key of an entry', false, lock({ url: 'x' })],
  ['lock', 'no files', false, lock({ files: undefined })],
  ['lock', 'traversal', false, lock({}, {}, '../b')],
  ['lock', 'an absolute path', false, lock({}, {}, '/b')],
  ['lock', 'an empty segment', false, lock({}, {}, 'a//b')],
  ['lock', 'a backslash', false, lock({}, {}, 'a\\b')],
  ['lock', 'a negative size', false, lock({}, { size: -1 })],
  ['lock', 'upper-case hex', false, lock({}, { sha256: 'A'.repeat(64) })],
  ['lock', 'an unknown origin', false, lock({}, { origin: 'guessed' })],
  ['lock', 'no pin', false, lock({ resolved: { endpoint: 'x', id: 'y' } })],
]

describe('the published schemas and the loader agree', () => {
  test.each(CASES)('%s: %s: %s', (name, _, accepted, data) => {
    const text = JSON.stringify(data)
    expect({ schema: bySchema(name, text), loader: byLoader(name, text) }).toEqual({
      schema: accepted,
      loader: accepted,
    })
  })
})
