import { hash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { tar } from '../../../fixtures/assemble/tar.ts'
import { zip } from '../../../fixtures/assemble/zip.ts'
import { type GitServer, gitServer, hasGit, pointer } from '../../../fixtures/servers/git.ts'
import {
  type Layer,
  npmServer,
  ociServer,
  pypiServer,
  type RegistryServer,
  type ServedRelease,
} from '../../../fixtures/servers/registries.ts'
import { pkg } from '../../../fixtures/servers/served-project.ts'
import { safetensors, type TestProject, testProject } from '../testing/project.ts'

const WEIGHTS = safetensors(100_000)
const WHEEL = zip([
  { name: 'acme_server/__init__.py', data: '"""A server."""\n' },
  {
    name: 'acme_server-1.0.dist-info/METADATA',
    data: 'Metadata-Version: 2.1\nName: acme-server\nVersion: 1.0\n',
  },
])
const KIT = tar([{ name: 'model/config.json', data: '{"model_type": "llama"}' }])

const tags = new Map<string, readonly Layer[]>()
const releases: Record<string, ServedRelease[]> = {}
let [oci, pypi, npm] = [] as unknown as [RegistryServer, RegistryServer, RegistryServer]
let git: GitServer
let project: TestProject

const there = hasGit()
if (!there) console.warn('git is not installed: the project with a git+https entry is left out')

beforeAll(async () => {
  oci = await ociServer({ 'ai/m': { tags, indexes: new Map([['all', ['pack', 'kit']]]) } })
  pypi = await pypiServer(releases)
  npm = await npmServer([pkg])
  if (there) git = await gitServer()
})
afterAll(async () => {
  for (const server of [oci, pypi, npm, ...(there ? [git] : [])]) await server[Symbol.asyncDispose]()
})
beforeEach(() => {
  const name = { 'org.cncf.model.filepath': 'model.safetensors' }
  tags.set('pack', [['application/vnd.cncf.model.weight.v1.raw', WEIGHTS, name]])
  tags.set('kit', [['application/vnd.kitops.modelkit.model.v1.tar', KIT]])
  releases['acme-server'] = [{ filename: 'acme_server-1.0-py3-none-any.whl', bytes: WHEEL }]
  project = testProject({ PIP_INDEX_URL: pypi.endpoint, npm_config_registry: npm.endpoint })
  return () => project[Symbol.dispose]()
})

const rules = async (...args: string[]) => {
  const { code, stdout } = await project.run('verify', '-f', 'json', ...args)
  const found: { rule: string }[] = JSON.parse(stdout).findings
  return { code, rules: [...new Set(found.map(({ rule }) => rule))] }
}

describe.runIf(there)('a project of an OCI index, a PyPI release and a Git commit', () => {
  it('is locked, pulled, verified, and finds what moved', async () => {
    git.lfs.set(hash('sha256', WEIGHTS, 'hex'), WEIGHTS)
    git.commit({ 'model.safetensors': pointer(WEIGHTS), 'README.md': '# Model\n' })
    const manifest = `models: ["oci:${oci.host}/ai/m:all", "git+${git.url}@main"]\nplugins: ["pypi:acme-server==1.0"]\n`
    project.write('weighmaster.yaml', manifest)
    expect(await project.run('lock')).toMatchObject({ code: 0 })
    expect(await project.run('pull')).toMatchObject({ code: 0 })
    const there = readdirSync(`${project.folder}/artifacts`, { recursive: true }).map(String)
    expect(there).toEqual(
      expect.arrayContaining([
        'models/m/files/model.safetensors',
        'models/acme/repo/model.safetensors',
        'plugins/acme-server/acme_server-1.0-py3-none-any.whl',
      ]),
    )
    expect(await rules('--frozen', '--online')).toEqual({ code: 0, rules: [] })

    git.commit({ 'README.md': '# Other\n' })
    tags.set('pack', [['application/vnd.cncf.model.weight.v1.raw', safetensors(10)]])
    releases['acme-server'] = [{ filename: 'acme_server-1.0-py3-none-any.whl', bytes: zip([]) }]
    const found = await rules('--online')
    expect(found.code).toBe(1)
    expect(found.rules).toEqual(
      expect.arrayContaining(['identity/tag-moved', 'identity/pin-gone', 'identity/pin-changed']),
    )
    // Many servers and processes; what it takes is no matter here.
  }, 240_000)
})

describe('scan of a reference of any scheme', () => {
  it('reads it by ranges', async () => {
    const refs = [
      `oci:${oci.host}/ai/m:pack`,
      `ollama:${oci.host}/ai/m:kit`,
      'pypi:acme-server==1.0',
      'npm:@acme/server@1.0.0',
    ]
    const purls = ['pkg:pypi/acme-server@1.0', `pkg:oci/m?repository_url=${oci.host}/ai/m&tag=kit`]
    const ran = await project.run('scan', ...refs, ...purls, '-f', 'json')
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    const { targets, verdict, artifacts } = JSON.parse(ran.stdout)
    expect(targets).toHaveLength(6)
    expect(verdict.remote.unfetched).toBeGreaterThan(300_000)
    const formats = new Set(artifacts.map(({ format }: { format?: string }) => format))
    expect([...formats]).toEqual(expect.arrayContaining(['safetensors', 'zip', 'tar', 'gzip']))
  }, 120_000)

  it('of a web address takes the size from the server, and its digest as a claim', async () => {
    const url = `${pypi.endpoint.replace('/simple', '')}/files/acme_server-1.0-py3-none-any.whl`
    const sha256 = hash('sha256', WHEEL, 'hex')
    expect(await project.run('scan', `${url}#sha256=${sha256}`)).toMatchObject({ code: 0, stderr: '' })
    const ran = await project.run('scan', `${url}#sha256=${'0'.repeat(64)}`)
    expect(ran).toMatchObject({ code: 1, stdout: expect.stringMatching(/remote\/untrusted-answer/) })
  })
})
