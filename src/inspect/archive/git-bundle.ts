import { slice } from '../../bytes/source.ts'
import { anonymousName } from '../../model/artifact.ts'
import type { FactCatalogue } from '../../model/fact.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'

const FACTS: FactCatalogue = {
  'git-bundle.head': {
    about: 'The branches and tags that a bundle brings; `hash`: sha1 or sha256.',
    fields: { version: 'number', hash: 'string', references: 'number', prerequisites: 'number' },
  },
  'git-bundle.reference': {
    about:
      'A reference that git would refuse or take for something else: `option` (begins with a dash), `traversal`, ' +
      '`control`, `not-a-ref`.',
    fields: { issue: 'string' },
  },
  'git-bundle.capability': {
    about: 'A capability of version 3 that is unknown: git refuses such a bundle.',
    fields: { capability: 'string' },
  },
}

/** References of a repository take less; the packed objects lie behind the first empty line. */
const HEADER = 8 * 1024 * 1024

/** A bundle lists references, then holds a pack whose objects are compressed deltas: those are not inspected. */
export const gitBundle: Inspector = {
  id: 'git-bundle',
  detect: {
    probe: (head) =>
      /^# v[23] git bundle\n/.test(Buffer.from(head.subarray(0, 32)).toString('latin1')) ? 'strong' : 'no',
    suffix: ['.bundle'],
  },
  facts: FACTS,
  inspect,
}

async function* inspect({ bytes }: Opened, { meter }: InspectContext): AsyncGenerator<Emission> {
  const head = Buffer.from(await bytes.read(0, Math.min(bytes.size, HEADER))).toString('latin1')
  const end = head.indexOf('\n\n')
  const [signature = '', ...lines] = (end < 0 ? head : head.slice(0, end)).split('\n')
  const version = signature.startsWith('# v3') ? 3 : 2
  let [hash, references, prerequisites] = ['sha1', 0, 0]
  for (const line of lines) {
    meter.tick()
    if (version === 3 && line.startsWith('@')) {
      const [, key = '', value = ''] = /^@([^=]*)=?(.*)$/s.exec(line) ?? []
      if (key === 'object-format') hash = value.slice(0, 20)
      else if (key !== 'filter')
        yield fact('git-bundle.capability', { capability: key.slice(0, 100) }, undefined, line.slice(0, 200))
    } else if (/^-[\da-f]{40,64}(?: |$)/.test(line)) prerequisites++
    else {
      references++
      const issue = referenceIssue(/^(?:[\da-f]{40}|[\da-f]{64}) (.*)$/s.exec(line)?.[1])
      if (issue) yield fact('git-bundle.reference', { issue }, undefined, line.slice(0, 200))
    }
  }
  yield fact('git-bundle.head', { version, hash, references, prerequisites })
  const header = end < 0 ? head.length : end + 2
  yield { type: 'span', offset: 0, length: header, as: 'inspected' }
  if (header === bytes.size) return
  // What stands out in it (an executable, an archive) is found; what the objects are is not known.
  const rest = slice(bytes, header, bytes.size)
  yield { type: 'child', name: anonymousName('pack'), bytes: rest, opaque: true }
  yield { type: 'span', offset: header, length: bytes.size - header, as: 'unproven', why: 'unsupported' }
}

/** Rules of `git check-ref-format` that matter to whoever writes the reference to disk or a command line. */
function referenceIssue(name: string | undefined): string | undefined {
  if (name === undefined) return 'not-a-ref'
  if (name.startsWith('-')) return 'option'
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what git refuses.
  if (/[\x00-\x20\x7f~^:?*[\\]/.test(name)) return 'control'
  if (/(?:^|\/)\.|\.\.|@\{|\/$|\/\/|^\/|\.lock(?:\/|$)/.test(name)) return 'traversal'
  return name === 'HEAD' || name.startsWith('refs/') ? undefined : 'not-a-ref'
}
