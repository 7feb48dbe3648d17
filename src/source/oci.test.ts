import { hash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type Layer, ociServer } from '../../fixtures/servers/registries.ts'
import { parseReference } from '../model/reference.ts'
import { resolve } from './resolve.ts'
import type { SourceSettings } from './source.ts'

const settings: SourceSettings = { hub: 'http://127.0.0.1:1', folder: '.', width: 2, backoffMs: 1 }
const all = () => true
const hex = (bytes: Uint8Array) => hash('sha256', bytes, 'hex')
const [weights, kit, code] = [Buffer.from('weights'), Buffer.from('tar of a kit'), Buffer.from('print()')]
const named = (name: string) => ({ 'org.cncf.model.filepath': name })

const pack = (name: string) =>
  [
    ['application/vnd.cncf.model.weight.v1.raw', weights, named(name)],
    ['application/vnd.cncf.model.code.v1.raw', code, named('src/modeling.py')],
  ] as const
const modelkit = [
  ['application/vnd.kitops.modelkit.model.v1.tar+gzip', kit, { 'org.opencontainers.image.title': 'x' }],
] as const
const docker = [
  ['application/vnd.docker.ai.gguf.v3', weights],
  ['application/vnd.docker.ai.chat.template.jinja', code],
] as const

const paths = async (host: string, tag: string) => {
  const found = await resolve(parseReference(`oci:${host}/ai/m:${tag}`), all, settings)
  return found.files.map(({ path }) => path).filter((path) => !path.startsWith('manifests/'))
}

describe('what lies in an OCI registry', () => {
  it('has the names that a ModelPack gives single files, and digests for what is packed', async () => {
    const tags = new Map<string, readonly Layer[]>([
      ['pack', pack('model.safetensors')],
      ['kit', modelkit],
      ['docker', docker],
    ])
    await using server = await ociServer({ 'ai/m': { tags } })
    const config = `blobs/sha256/${hash('sha256', '{}', 'hex')}`
    expect(await paths(server.host, 'pack')).toEqual([
      config,
      'files/model.safetensors',
      'files/src/modeling.py',
    ])
    expect(await paths(server.host, 'kit')).toEqual([config, `blobs/sha256/${hex(kit)}`])
    expect(await paths(server.host, 'docker')).toEqual([
      config,
      `blobs/sha256/${hex(weights)}`,
      'files/chat_template.jinja',
    ])
  })

  it('is locked with every manifest of an index', async () => {
    const tags = new Map<string, readonly Layer[]>([
      ['a', pack('model.safetensors')],
      ['b', modelkit],
    ])
    await using server = await ociServer({ 'ai/m': { tags, indexes: new Map([['all', ['a', 'b']]]) } })
    const found = await resolve(parseReference(`oci:${server.host}/ai/m:all`), all, settings)
    const manifests = found.files.filter(({ path }) => path.startsWith('manifests/'))
    expect(manifests.map(({ sha256 }) => `sha256:${sha256}`)).toHaveLength(3)
    expect(manifests[0]?.sha256).toBe(found.pin.slice(7))
    expect(found.files.map(({ path }) => path)).toContain('files/model.safetensors')
  })

  it('may not name a file that leaves its folder, nor two files alike', async () => {
    const twice = [...pack('a'), ['application/vnd.cncf.model.doc.v1.raw', kit, named('a')]] as const
    const tags = new Map<string, readonly Layer[]>([
      ['out', pack('../../evil')],
      ['twice', twice],
    ])
    await using server = await ociServer({ 'ai/m': { tags } })
    await expect(paths(server.host, 'out')).rejects.toThrow(/would leave its folder/)
    await expect(paths(server.host, 'twice')).rejects.toThrow(/two layers are called/)
  })
})
