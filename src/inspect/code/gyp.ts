import { memorySource } from '../../bytes/memory.ts'
import { textEncoding } from '../../codec/text.ts'
import type { FactCatalogue } from '../../model/fact.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'

const FACTS: FactCatalogue = {
  'gyp.command': {
    about: 'A command that node-gyp runs when it reads the file, which npm does at install time.',
    fields: { command: 'string' },
  },
}

const MOST = 1024 * 1024
const COMMANDS = 200

/** Build files of native npm packages. `<!(…)` and `<!@(…)` are commands, run by a shell before anything is built. */
export const gyp: Inspector = {
  id: 'gyp',
  detect: {
    probe: (head, _tail, size) =>
      size > 0 && textEncoding(head, size > head.length) !== undefined ? 'weak' : 'no',
    suffix: ['.gyp', '.gypi'],
    byName: true,
  },
  facts: FACTS,
  inspect,
}

async function* inspect({ bytes }: Opened, { meter }: InspectContext): AsyncGenerator<Emission> {
  if (bytes.size > MOST) {
    yield { type: 'damage', kind: 'limit', message: `a build file of ${bytes.size} bytes is not read` }
    return
  }
  meter.tick()
  const text = Buffer.from(await bytes.read(0, bytes.size)).toString('utf8')
  yield { type: 'span', offset: 0, length: bytes.size, as: 'inspected' }
  let found = 0
  for (const match of text.matchAll(/<!@?\(/g)) {
    const start = match.index + match[0].length
    const raw = text.slice(start, closing(text, start))
    // Inside a quoted string of the file, its quotes are escaped.
    const command = raw.replace(/\\(["'\\])/g, '$1')
    if (++found > COMMANDS) {
      yield { type: 'damage', kind: 'limit', message: 'more commands in a build file than are inspected' }
      return
    }
    yield fact('gyp.command', { command: command.slice(0, 200) }, { offset: match.index, length: raw.length })
    yield {
      type: 'child',
      name: `@${match.index.toString(16)}`,
      format: 'shell',
      bytes: memorySource(Buffer.from(command)),
    }
  }
}

/** Where the parenthesis closes that was opened before `start`. */
function closing(text: string, start: number): number {
  let open = 1
  for (let at = start; at < text.length && at < start + 20_000; at++) {
    const c = text.charCodeAt(at)
    if (c === 0x28) open++
    else if (c === 0x29 && --open === 0) return at
  }
  return Math.min(text.length, start + 20_000)
}
