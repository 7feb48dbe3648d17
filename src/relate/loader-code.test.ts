import { describe, expect, it } from 'vitest'
import { type Artifact, artifactId } from '../model/artifact.ts'
import type { Fact, JsonObject } from '../model/fact.ts'
import { loaderCode } from './loader-code.ts'

function artifact(path: string, formats: readonly string[] = [], parent?: Artifact): Artifact {
  const [root = '', ...members] = path.split('!/')
  const locator = { root, members }
  const name = path.slice(path.lastIndexOf('/') + 1)
  return {
    id: artifactId(locator),
    ...(parent ? { parent: parent.id } : {}),
    locator,
    name,
    formats,
    digests: [],
  }
}

const edge = (of: Artifact, data: JsonObject): Fact => ({
  kind: 'edge.code',
  artifact: of.id,
  count: 1,
  locations: [],
  data: { role: 'auto-map', form: 'plain', repository: '', ...data },
})

const related = (artifacts: readonly Artifact[], ...facts: Fact[]) =>
  [...loaderCode.relate(artifacts, facts, () => [])].map(({ kind, artifact: id, data }) => ({
    kind,
    id,
    ...data,
  }))

const folder = artifact('m', ['folder'])
const config = artifact('m/config.json', ['hub-config'], folder)

describe('loader-code', () => {
  it.each([
    ['modeling_x.py', 'python'],
    ['plugin.mjs', 'javascript'],
    ['start.sh', 'shell'],
    ['start.ps1', 'powershell'],
  ])('is content with code that was inspected: %s', (target, language) => {
    const code = artifact(`m/${target}`, [language], folder)
    const kinds = related([folder, config, code], edge(config, { target })).map((f) => f.kind)
    expect(kinds).toEqual(['edge.runs-code'])
  })

  it('makes code incomplete that nothing has judged, at the code itself', () => {
    const code = artifact('m/modeling_x.py', ['text'], folder)
    const facts = related([folder, config, code], edge(config, { target: 'modeling_x.py' }))
    expect(facts.find((f) => f.kind === 'parse.unsupported')?.id).toBe(code.id)
  })

  it('states code that is absent or elsewhere', () => {
    const facts = related(
      [folder, config],
      edge(config, { target: 'a.py' }),
      edge(config, { target: 'a.py', repository: 'o/r' }),
    )
    expect(facts.map((f) => [f.kind, f.kind === 'edge.unresolved' && 'why' in f ? f.why : ''])).toEqual([
      ['edge.unresolved', 'absent'],
      ['edge.unresolved', 'other-repository'],
    ])
  })

  it('knows the files that hosts run by name, only at the top', () => {
    const top = artifact('m/handler.py', ['text'], folder)
    const deep = artifact('m/examples/handler.py', ['text'], folder)
    const generate = artifact('m/custom_generate/generate.py', ['text'], folder)
    const facts = related([folder, top, deep, generate]).filter((f) => f.kind === 'parse.unsupported')
    expect(facts.map((f) => f.id)).toEqual([top.id, generate.id])
  })

  it('finds the handler beside the manifest folder of an archive', () => {
    const archive = artifact('a.mar', ['zip'])
    const manifest = artifact('a.mar!/MAR-INF/MANIFEST.json', ['mar-manifest'], archive)
    const code = artifact('a.mar!/handler.py', ['python'], archive)
    const facts = related(
      [archive, manifest, code],
      edge(manifest, { target: 'handler.py', role: 'handler' }),
    )
    expect(facts.map((f) => f.kind)).toEqual(['edge.runs-code'])
  })
})
