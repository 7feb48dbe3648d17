import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { catalogue } from './engine/catalogue.ts'
import { INSPECTORS } from './inspect/registry.ts'

const SRC = import.meta.dirname
const ROOT = path.dirname(SRC)
const SIBLINGS = 3

/** Layer of a folder, and which folders of its own layer or below it may not see (ARCHITECTURE.md, "Layers"). */
const LAYERS: Record<string, number> = {
  model: 0,
  bytes: 1,
  codec: 2,
  inspect: 3,
  source: 3,
  lock: 3,
  relate: 3,
  sign: 3,
  rules: 3,
  policy: 3,
  engine: 4,
  report: 4,
  cli: 5,
}
const MODEL_ONLY = new Set(['report'])
const MODEL_AND_CODEC = new Set(['relate', 'rules', 'policy'])

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll(path.sep, '/'))
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
const text = new Map(files.map((file) => [file, readFileSync(path.join(SRC, file), 'utf8')]))

function imports(file: string): string[] {
  const found = (text.get(file) ?? '').matchAll(
    /^(?:import|export)\s[^'"]*?from '(\.[^']+)'|^import '(\.[^']+)'|import\('(\.[^']+)'\)/gms,
  )
  return [...found]
    .map((m) => path.posix.join(path.posix.dirname(file), m[1] ?? m[2] ?? m[3] ?? ''))
    .filter((target) => target.endsWith('.ts'))
}

const folder = (file: string) => (file.includes('/') ? (file.split('/')[0] ?? '') : 'cli')

function mayImport(from: string, to: string): boolean {
  const [a, b] = [folder(from), folder(to)]
  if (a === b) return true
  if (MODEL_ONLY.has(a)) return b === 'model'
  if (MODEL_AND_CODEC.has(a)) return b === 'model' || b === 'codec'
  return (LAYERS[b] ?? 9) < (LAYERS[a] ?? -1)
}

describe('layers', () => {
  test('every folder has a layer', () => {
    expect(files.map(folder).filter((name) => !(name in LAYERS))).toEqual([])
  })

  test('a file imports only from lower layers', () => {
    const broken = files.flatMap((from) =>
      imports(from)
        .filter((to) => !mayImport(from, to))
        .map((to) => `${from} → ${to}`),
    )
    expect(broken).toEqual([])
  })

  test('folders inside inspect/ do not see each other', () => {
    const group = (file: string) =>
      file
        .split('/')
        .slice(0, SIBLINGS - 1)
        .join('/')
    const inside = files.filter((f) => f.startsWith('inspect/') && f.split('/').length === SIBLINGS)
    const broken = inside.flatMap((from) =>
      imports(from)
        .filter(
          (to) => to.startsWith('inspect/') && to.split('/').length === SIBLINGS && group(to) !== group(from),
        )
        .map((to) => `${from} → ${to}`),
    )
    expect(broken).toEqual([])
  })

  test('there is no import cycle', () => {
    const state = new Map<string, 'open' | 'done'>()
    const cycles: string[] = []
    const visit = (file: string, trail: string[]) => {
      if (state.get(file) === 'done') return
      if (state.get(file) === 'open') {
        cycles.push([...trail.slice(trail.indexOf(file)), file].join(' → '))
        return
      }
      state.set(file, 'open')
      for (const to of imports(file)) visit(to, [...trail, file])
      state.set(file, 'done')
    }
    for (const file of files) visit(file, [])
    expect(cycles).toEqual([])
  })

  test('only the command line touches the console, the exit code and the arguments', () => {
    const loud = files.filter(
      (f) =>
        !f.startsWith('cli/') && /\bconsole\.|process\.(exit|argv|stdout|stderr)/.test(text.get(f) ?? ''),
    )
    expect(loud).toEqual([])
  })
})

describe('sizes', () => {
  test('no file is over 400 lines', () => {
    const all = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
    const long = all.filter((file) => readFileSync(path.join(SRC, file), 'utf8').split('\n').length > 401)
    expect(long).toEqual([])
  })
})

describe('every inspector', () => {
  test.each(INSPECTORS.map((i) => i.id))('%s has a rule file and fixtures', (id) => {
    const kinds = Object.keys(INSPECTORS.find((i) => i.id === id)?.facts ?? {})
    const families = [id, ...kinds.map((kind) => kind.split('.')[0])]
    expect(
      kinds.length === 0 || families.some((f) => existsSync(path.join(ROOT, 'rules', `${f}.yaml`))),
    ).toBe(true)
    expect(existsSync(path.join(ROOT, 'fixtures', id)), `fixtures/${id}`).toBe(true)
  })

  test('states only facts that its catalogue names, in a family of its own or a shared one', () => {
    const shared = [
      'entry',
      'parse',
      'edge',
      'code',
      'text',
      'secret',
      'capability',
      'identity',
      'lock',
      'signature',
      'content',
    ]
    const names = Object.keys(catalogue())
    const families = new Set([...INSPECTORS.map((i) => i.id), ...shared])
    expect(names.filter((kind) => !/^[a-z0-9-]+\.[a-z0-9-]+$/.test(kind))).toEqual([])
    expect(names.length).toBeGreaterThan(families.size)
  })
})

describe('every rule file', () => {
  const ruleFiles = readdirSync(path.join(ROOT, 'rules')).filter((file) => file.endsWith('.yaml'))
  test.each(ruleFiles)('%s names only known facts', (file) => {
    const document: unknown = parse(readFileSync(path.join(ROOT, 'rules', file), 'utf8'))
    const asked = [...JSON.stringify(document).matchAll(/"fact":"([^"]+)"/g)].map((m) => m[1] ?? '')
    const known = catalogue()
    expect(asked.filter((kind) => !Object.hasOwn(known, kind))).toEqual([])
  })
})
