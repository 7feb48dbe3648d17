import { programEnd } from '../../codec/executable/extent.ts'
import { type ExecutableFormat, executable as recognise } from '../../codec/executable/formats.ts'
import { textEncoding, textLength } from '../../codec/text.ts'
import type { Artifact } from '../../model/artifact.ts'
import type { FactCatalogue } from '../../model/fact.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'

const FACTS: FactCatalogue = {
  'executable.native': {
    about:
      'A program for a processor or a virtual machine. `suffix`: of the name, empty where it has none. `expected`: the ' +
      'suffix says that it is one. `package`: it lies in a wheel or another package, where programs belong.',
    fields: { format: 'string', role: 'string', suffix: 'string', expected: 'boolean', package: 'boolean' },
  },
  'executable.script': {
    about: 'A text file that names its interpreter in the first line.',
    fields: { interpreter: 'string', suffix: 'string', expected: 'boolean', package: 'boolean' },
  },
}

const NATIVE = [
  '.so',
  '.pyd',
  '.dll',
  '.dylib',
  '.node',
  '.exe',
  '.o',
  '.wasm',
  '.class',
  '.dex',
  '.llamafile',
]
const SCRIPT = [
  '.sh',
  '.bash',
  '.zsh',
  '.py',
  '.pl',
  '.rb',
  '.js',
  '.mjs',
  '.lua',
  '.r',
  '.awk',
  '.tcl',
  '.fish',
]

/** Programs, validated field by field, wherever they lie. */
export const executable: Inspector = {
  id: 'executable',
  detect: {
    probe: (head) => (recognise(head) === undefined ? 'no' : 'strong'),
    suffix: [...NATIVE, ...SCRIPT],
  },
  facts: FACTS,
  inspect,
}

const HEAD = 64 * 1024

async function* inspect({ artifact, bytes }: Opened, { signal }: InspectContext): AsyncGenerator<Emission> {
  const head = (await bytes.read(0, HEAD)).slice()
  const found = recognise(head)
  if (!found) return
  const { format, role, interpreter } = found
  const place = whereabouts(artifact, format)
  if (format === 'script') yield fact('executable.script', { interpreter: interpreter ?? '', ...place })
  else yield fact('executable.native', { format, role, ...place })
  const isText = format === 'script'
  // A script goes as far as its text: what a self-extracting one, or a payload behind a shebang, carries is not ours.
  const length = isText
    ? await textLength(bytes, textEncoding(head, bytes.size > HEAD) ?? 'utf-8', signal)
    : await programEnd(format, bytes)
  // Machine code is stated, not analysed: whether it may be here is for the rules to say.
  yield { type: 'span', offset: 0, length, as: isText ? 'inspected' : 'opaque' }
}

const PACKAGES = /\.(?:whl|egg|conda|tar\.gz|tgz|jar|apk|nupkg)$/i

function whereabouts({ name, locator }: Artifact, format: ExecutableFormat) {
  const lower = name.toLowerCase()
  const base = lower.split('/').at(-1) ?? ''
  // `libfoo.so.1.2`, and `foo.cpython-311-x86_64-linux-gnu.so`.
  const suffix = /\.so(?:\.\d+)+$/.test(base) ? '.so' : (/\.[^.]*$/.exec(base)?.[0] ?? '')
  const expected = (format === 'script' ? SCRIPT : NATIVE).includes(suffix)
  const around = [locator.root, ...locator.members.slice(0, -1)]
  return { suffix, expected, package: around.some((segment) => PACKAGES.test(segment)) }
}
