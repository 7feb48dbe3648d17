import { hash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { pypiServer, type ServedRelease } from '../../fixtures/servers/registries.ts'
import type { LockEntry } from '../model/lock.ts'
import { parseReference } from '../model/reference.ts'
import { distributionOf, sameVersion } from './pypi-index.ts'
import { pyprojectEdges, requirementsEdges } from './pypi-metadata.ts'
import { identify, resolve, standing } from './resolve.ts'
import type { SourceSettings } from './source.ts'

const settings = (pypi: string): SourceSettings => ({
  hub: 'http://127.0.0.1:1',
  pypi,
  folder: '.',
  width: 2,
  backoffMs: 1,
})
const all = () => true
const sha256 = (bytes: string) => hash('sha256', bytes, 'hex')
const METADATA = `Metadata-Version: 2.1
Name: acme-server
Requires-Dist: httpx>=0.27 ; python_version >= "3.9"
Requires-Dist: Py_YAML (<7)
Requires-Dist: pytest ; extra == 'test'

Requires-Dist: not-a-header
`
const wheel: ServedRelease = {
  filename: 'acme_server-1.0-py3-none-any.whl',
  bytes: Buffer.from('wheel'),
  metadata: METADATA,
}
const sdist: ServedRelease = { filename: 'acme-server-1.0.tar.gz', bytes: Buffer.from('sdist') }
const other: ServedRelease = { filename: 'acme_server-1.0.1-py3-none-any.whl', bytes: Buffer.from('next') }
const reference = parseReference('pypi:Acme.Server==1.0.0')

describe('a Python package index', () => {
  it.each(['json', 'html'] as const)('gives every file of a version by its SHA-256 (%s)', async (form) => {
    await using server = await pypiServer({ 'acme-server': [wheel, sdist, other] }, form)
    const found = await resolve(reference, all, settings(server.endpoint))
    expect(found).toMatchObject({ id: 'acme-server', pin: '1.0.0' })
    expect(found.files).toEqual([
      { path: wheel.filename, size: 5, sha256: sha256('wheel'), origin: 'claimed' },
      { path: sdist.filename, size: 5, sha256: sha256('sdist'), origin: 'claimed' },
    ])
    const targets = form === 'json' ? ['pypi:httpx>=0.27', 'pypi:py-yaml<7'] : []
    expect(found.edges.map(({ target }) => target)).toEqual(targets)
  })

  it('tells a release that is gone, changed or withdrawn', async () => {
    const packages: Record<string, ServedRelease[]> = { 'acme-server': [wheel, sdist] }
    await using server = await pypiServer(packages)
    const { files, ...resolved } = await resolve(reference, all, settings(server.endpoint))
    const entry = { files, resolved } as unknown as LockEntry
    const now = () => standing(reference, entry, settings(server.endpoint))
    expect(await now()).toMatchObject({ pin: 'there' })
    packages['acme-server'] = [{ ...wheel, bytes: Buffer.from('other') }, sdist]
    expect(await now()).toMatchObject({ pin: 'changed' })
    packages['acme-server'] = [sdist]
    expect(await now()).toMatchObject({ pin: 'gone' })
    packages['acme-server'] = [{ ...sdist, yanked: true }]
    expect(await identify(reference, settings(server.endpoint))).toMatchObject({ disabled: true })
    packages['acme-server'] = [other]
    await expect(identify(reference, settings(server.endpoint))).rejects.toThrow(/has no version 1\.0\.0/)
  })

  it.each([
    ['no SHA-256', { hashes: { md5: 'x' } }, /no SHA-256/],
    ['a name that leaves the folder', { filename: '../acme_server-1.0-py3-none-any.whl' }, /no version/],
    ['an address with a password', { url: 'https://a:b@example.invalid/x' }, /no https address/],
  ] as const)('is not believed where it gives %s', async (_, change, message) => {
    await using server = await pypiServer({ 'acme-server': [wheel] }, 'json', (file) => ({
      ...file,
      ...change,
    }))
    await expect(resolve(reference, all, settings(server.endpoint))).rejects.toThrow(message)
  })
})

it.each([
  ['1.0', '1.0.0', true],
  ['1.0rc1', '1.0-c.1', true],
  ['v1.0.post1', '1.0-1', true],
  ['1!1.0', '1.0', false],
  ['1.0a1', '1.0a2', false],
  ['1.0+cpu', '1.0', false],
])('versions %s and %s', (a, b, same) => {
  expect(sameVersion(a, b)).toBe(same)
})

it.each([
  ['torch-2.1.0+cpu-cp311-cp311-linux_x86_64.whl', 'torch', '2.1.0+cpu'],
  ['a-b-1.0.zip', 'a-b', '1.0'],
])('%s is a distribution', (file, name, version) => {
  expect(distributionOf(file)).toEqual({ name, version })
})

describe('edges to packages', () => {
  const targets = (edges: readonly { target: string }[]) => edges.map(({ target }) => target)
  it('of requirements.txt', () => {
    const text =
      '# list\n-r more.txt\nNumPy>=1.2,<2  # why\nmcp[cli]==1.0 --hash=sha256:aa\nx @ https://example.invalid/x.whl\n'
    expect(targets(requirementsEdges(text, 'r'))).toEqual([
      'pypi:numpy>=1.2,<2',
      'pypi:mcp==1.0',
      'https://example.invalid/x.whl',
    ])
  })
  it('of pyproject.toml, the build included', () => {
    const text = '[project]\ndependencies = ["mcp>=1"]\n[build-system]\nrequires = ["hatchling"]\n'
    expect(targets(pyprojectEdges(text, 'p'))).toEqual(['pypi:mcp>=1', 'pypi:hatchling'])
    expect(pyprojectEdges('[[[', 'p')).toEqual([])
  })
})
