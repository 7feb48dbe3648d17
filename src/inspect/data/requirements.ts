import { listOf, objectOf, textOf, textsOf } from '../../codec/json-values.ts'
import { pathForm } from '../../codec/path-form.ts'
import { type RequirementTrait, requirement, requirementTraits } from '../../codec/requirement.ts'
import { textEncoding } from '../../codec/text.ts'
import { readToml } from '../../codec/toml.ts'
import { readYaml } from '../../codec/yaml.ts'
import { EDGE_FACTS } from '../../model/edge-facts.ts'
import type { FactCatalogue, JsonObject } from '../../model/fact.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'

const FACTS: FactCatalogue = {
  'requirements.source': {
    about:
      'A package, or all of them, from elsewhere than the usual index. `what`: index, extra-index, find-links, ' +
      'trusted-host, url, local, vcs-pinned, vcs-unpinned, backend-path, misspelt, strange-name, channel.',
    fields: { what: 'string', value: 'string' },
  },
  'requirements.malformed': { about: 'A list that its reader refuses.', fields: {} },
  ...EDGE_FACTS,
}

const BYTES = 4 * 1024 * 1024
const NAME = /(?:^|\/)(?:requirements|constraints)[\w.-]*\.(?:txt|in)$/

/** Lists of packages that come with a model and that somebody installs. */
export const requirements: Inspector = {
  id: 'requirements',
  detect: {
    probe: (head, _tail, size) => (textEncoding(head, size > head.length) === 'utf-8' ? 'weak' : 'no'),
    name: [
      'requirements.txt',
      'requirements.in',
      'constraints.txt',
      'pyproject.toml',
      'environment.yml',
      'environment.yaml',
      'conda.yaml',
    ],
    suffix: [
      'requirements.txt',
      'constraints.txt',
      '-requirements.in',
      '/pyproject.toml',
      '/environment.yml',
      '/conda.yaml',
    ],
  },
  facts: FACTS,
  inspect,
}

async function* inspect({ artifact, bytes }: Opened, { meter }: InspectContext): AsyncGenerator<Emission> {
  meter.hold(Math.min(bytes.size, BYTES))
  try {
    const text = Buffer.from(await bytes.read(0, BYTES)).toString()
    yield { type: 'span', offset: 0, length: bytes.size, as: 'inspected' }
    if (bytes.size > BYTES) yield { type: 'damage', kind: 'limit', message: `a list of ${bytes.size} bytes` }
    const name = artifact.name.toLowerCase()
    if (name.endsWith('.toml')) yield* project(text)
    else if (!NAME.test(name) && /\.ya?ml$/.test(name)) yield* environment(text)
    else for (const trait of requirementTraits(text)) yield* stated(trait)
  } finally {
    meter.release(Math.min(bytes.size, BYTES))
  }
}

function* stated({ what, value, line }: RequirementTrait): Generator<Emission> {
  const at = { line, column: 1 }
  if (what === 'include') {
    // Lists that include a list of another folder are ordinary in source trees; addresses and absolute paths are not.
    const form = pathForm(value)
    if (form === 'url' || form === 'absolute')
      yield fact('edge.requirements', { target: value, role: 'include', form }, at)
  } else yield source(what, value, at)
}

function source(
  what: string,
  value: string,
  at?: { readonly line: number; readonly column: number },
): Emission {
  return fact('requirements.source', { what, value: value.replace(/\/\/[^/@\s]*@/, '//').slice(0, 300) }, at)
}

/** `pyproject.toml`: what building and installing take, and where from. */
async function* project(text: string): AsyncGenerator<Emission> {
  const document = await readToml(text)
  if (document === undefined) {
    yield fact('requirements.malformed', {})
    return
  }
  const { project: own, tool, 'build-system': build } = objectOf(document)
  const optional = Object.values(objectOf(objectOf(own)['optional-dependencies'])).flatMap(textsOf)
  const listed = [...textsOf(objectOf(build).requires), ...textsOf(objectOf(own).dependencies), ...optional]
  for (const item of listed) for (const { what, value } of requirement(item)) yield source(what, value)
  for (const path of textsOf(objectOf(build)['backend-path'])) yield source('backend-path', path)
  const { uv, poetry, pdm, hatch, setuptools } = objectOf(tool)
  yield* buildHooks(objectOf(build), objectOf(hatch), objectOf(setuptools), objectOf(poetry))
  for (const index of [objectOf(uv).index, objectOf(poetry).source, objectOf(pdm).source].flatMap(listOf)) {
    const { url } = objectOf(index)
    for (const { what, value } of requirementTraits(`--extra-index-url ${textOf(url)}`))
      yield source(what, value)
  }
}

/** Code of the project itself that building it runs: a backend in its own tree, hooks, commands. */
function* buildHooks(
  build: JsonObject,
  hatch: JsonObject,
  setuptools: JsonObject,
  poetry: JsonObject,
): Generator<Emission> {
  const backend = textOf(build['build-backend']).split(':')[0] ?? ''
  for (const folder of textsOf(build['backend-path'])) {
    if (backend !== '') yield hook(`${folder === '.' ? '' : `${folder}/`}${moduleFile(backend)}`)
  }
  const { build: hatchBuild, metadata } = hatch
  for (const hooks of [objectOf(hatchBuild).hooks, objectOf(metadata).hooks]) {
    const { custom } = objectOf(hooks)
    if (custom !== undefined) yield hook(textOf(objectOf(custom).path) || 'hatch_build.py')
  }
  for (const command of Object.values(objectOf(setuptools.cmdclass)).flatMap(textsOf))
    yield hook(moduleFile(command.slice(0, command.lastIndexOf('.'))))
  const script = textOf(poetry.build) || textOf(objectOf(poetry.build).script)
  if (script !== '') yield hook(script)
}

const moduleFile = (module: string) => `${module.replaceAll('.', '/')}.py`

function hook(target: string): Emission {
  return fact('edge.code', {
    target: target.slice(0, 300),
    role: 'setup',
    form: pathForm(target),
    repository: '',
  })
}

/** Channels that conda users trust by default or by habit. */
const CHANNEL =
  /^(?:defaults|nodefaults|main|anaconda|conda-forge|pytorch|pytorch-nightly|nvidia|huggingface|bioconda|fastai|rapidsai|pyg|intel|r)$/

/** `environment.yml`: channels, packages, and pip's list inside. */
async function* environment(text: string): AsyncGenerator<Emission> {
  const list = /^\s*-\s*(.+?)\s*$/
  let inside = ''
  for (const [index, line] of text.split('\n').entries()) {
    const heading = /^(\s*)(?:-\s*)?(channels|dependencies|pip|variables):\s*(\[[^\]]*\])?\s*$/.exec(line)
    if (heading) inside = heading[2] ?? ''
    const items = heading?.[3] ? heading[3].slice(1, -1).split(',') : [list.exec(line)?.[1] ?? '']
    for (const item of items.map((value) => value.trim().replace(/^(['"])(.*)\1$/, '$2'))) {
      if (item === '' || (heading && !heading[3])) continue
      if (inside === 'channels' && !CHANNEL.test(item))
        yield source('channel', item, { line: index + 1, column: 1 })
      if (inside === 'pip')
        for (const trait of requirementTraits(item)) yield* stated({ ...trait, line: index + 1 })
    }
  }
  if ((await readYaml(text)).errors > 0) yield fact('requirements.malformed', {})
}
