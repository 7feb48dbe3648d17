import { frontMatter } from '../../codec/front-matter.ts'
import { objectOf, textOf, textsOf } from '../../codec/json-values.ts'
import { pathForm } from '../../codec/path-form.ts'
import { readYamlValues } from '../../codec/yaml.ts'
import type { FactCatalogue } from '../../model/fact.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'
import { FACTS as PLUGIN } from './agent-config.ts'
import { pathOf, readText, signProbe, windowText } from './document.ts'

const FACTS: FactCatalogue = {
  ...PLUGIN,
  'python-bytecode.file': {
    about:
      'Compiled Python. `sourceSize`: bytes of the source that it says it was made from, -1 where it names none. `checked`: the ' +
      'interpreter compares it with the source before it uses it.',
    fields: { sourceSize: 'number', checked: 'boolean' },
  },
}

/** The head of a Space's README: which program its host runs. */
export const space: Inspector = {
  id: 'space',
  detect: {
    probe: (head, tail, size) => {
      const strength = spaceSign(head, tail, size)
      return strength === 'trial' && windowText(head).startsWith('---') ? 'trial' : 'no'
    },
  },
  facts: FACTS,
  async *inspect(opened, context): AsyncGenerator<Emission> {
    if (!/(?:^|\/)readme\.md$/.test(pathOf(opened))) return
    const read = await readText(opened, context)
    const { head } = frontMatter(read?.text ?? '')
    if (head === undefined) return
    const { documents } = await readYamlValues(head)
    const root = objectOf(documents[0])
    const sdk = textOf(root.sdk)
    if (!/^(?:gradio|streamlit|docker|static)$/.test(sdk)) return
    yield fact('plugin.manifest', {
      kind: 'space',
      name: textOf(root.title).slice(0, 200),
      version: '',
      client: sdk,
      scope: 'project',
    })
    // A static one starts nothing: its pages run in the browser of whoever visits.
    if (sdk !== 'static') {
      const file = textOf(root.app_file) || (sdk === 'docker' ? 'Dockerfile' : 'app.py')
      yield fact('edge.plugin', { target: file, role: 'launch', form: pathForm(file), base: '' })
    }
    for (const scope of textsOf(root.hf_oauth_scopes)) {
      const breadth = /^(?:write-repos|manage-repos|write-.*|manage-.*)$/.test(scope) ? 'broad' : 'narrow'
      yield fact('plugin.permission', {
        from: 'space',
        server: '',
        scope: 'declared',
        tool: 'oauth',
        rule: scope,
        breadth,
      })
    }
  },
}

const spaceSign = signProbe([/^sdk:[ \t]*["']?(?:gradio|streamlit|docker|static)\b/m])

/** ComfyUI imports every package of `custom_nodes` when it starts, after it has run their `prestartup_script.py`. */
export const comfyNode: Inspector = {
  id: 'comfyui-node',
  detect: {
    probe: signProbe([
      /^(?:NODE_CLASS_MAPPINGS|WEB_DIRECTORY)\b|^__all__\s*=.*NODE_CLASS_MAPPINGS|import\s+.*\bNODE_CLASS_MAPPINGS\b/m,
    ]),
  },
  facts: FACTS,
  async *inspect(opened): AsyncGenerator<Emission> {
    if (!/(?:^|\/)__init__\.py$/.test(pathOf(opened))) return
    const text = Buffer.from(await opened.bytes.read(0, 1024 * 1024)).toString()
    if (!/\bNODE_CLASS_MAPPINGS\b/.test(text)) return
    yield fact('plugin.manifest', {
      kind: 'comfyui-node',
      name: '',
      version: '',
      client: 'comfyui',
      scope: 'bundle',
    })
    for (const target of ['prestartup_script.py', 'install.py']) {
      yield fact('edge.plugin', { target, role: 'optional', form: 'plain', base: '' })
    }
    const web = /^WEB_DIRECTORY\s*=\s*["']([^"']+)["']/m.exec(text)?.[1]
    if (web !== undefined && pathForm(web) !== 'url')
      yield fact('edge.plugin', { target: web, role: 'component', form: pathForm(web), base: '' })
  },
}

/** Name and version of an installed or packed Python distribution. */
export const pythonMetadata: Inspector = {
  id: 'python-metadata',
  detect: { probe: signProbe([/^Metadata-Version: \d/m, /^Name: \S/m]) },
  facts: FACTS,
  async *inspect(opened): AsyncGenerator<Emission> {
    if (!/(?:^|\/)(?:metadata|pkg-info)$/.test(pathOf(opened))) return
    const text = Buffer.from(await opened.bytes.read(0, 256 * 1024)).toString()
    const head = text.split(/\r?\n\r?\n/, 1)[0] ?? ''
    const field = (name: string) =>
      new RegExp(`^${name}:[ \\t]*(.*)$`, 'mi').exec(head)?.[1]?.trim().slice(0, 200) ?? ''
    yield fact('plugin.manifest', {
      kind: 'pypi-package',
      name: field('Name'),
      version: field('Version'),
      client: 'pypi',
      scope: 'bundle',
    })
  },
}

/** Compiled Python is not analysed: what it does is unknown, whatever lies beside it. */
export const pythonBytecode: Inspector = {
  id: 'python-bytecode',
  detect: {
    // Two bytes of version, then CR LF; the flags of PEP 552 are 0, 1 or 3.
    probe: (head, _tail, size) =>
      size > 16 &&
      head[2] === 0x0d &&
      head[3] === 0x0a &&
      head[5] === 0 &&
      head[6] === 0 &&
      head[7] === 0 &&
      (head[4] ?? 9) <= 3 &&
      /[\xe3c]/.test(String.fromCharCode(head[16] ?? 0))
        ? 'strong'
        : 'no',
    suffix: ['.pyc', '.pyo'],
  },
  facts: FACTS,
  async *inspect({ artifact, bytes }: Opened, _context: InspectContext): AsyncGenerator<Emission> {
    const header = Buffer.from(await bytes.read(0, 16))
    const flags = header.readUInt32LE(4)
    const isHashed = (flags & 1) === 1
    yield fact('python-bytecode.file', {
      sourceSize: isHashed ? -1 : header.readUInt32LE(12),
      checked: !isHashed || (flags & 2) === 2,
    })
    yield fact('plugin.opaque', { what: 'bytecode', name: artifact.name.slice(-200) })
    yield { type: 'span', offset: 0, length: bytes.size, as: 'unproven', why: 'unsupported' }
  },
}
