import { concealed } from '../../codec/prose/hidden.ts'
import { readProse, readTogether } from '../../codec/prose/prose.ts'
import { roleOfPath } from '../../codec/prose/role.ts'
import { sourceProse } from '../../codec/prose/source-prose.ts'
import { Lines, sourceText } from '../../codec/syntax/source-text.ts'
import { textEncoding, textLength } from '../../codec/text.ts'
import { TEXT_FACTS } from '../../model/text-facts.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'

const HEAD = 64 * 1024
/** The limit of the inspectors of code, which say so. */
const SOURCE = 4 * 1024 * 1024

const LINE = 2000

const PYTHON = ['.py', '.pyi', '.pyw']
const SCRIPT = ['.js', '.mjs', '.cjs', '.jsx', '.ts', '.mts', '.cts', '.tsx']
const OTHER = [
  '.sh',
  '.bash',
  '.zsh',
  '.ps1',
  '.psm1',
  '.rb',
  '.go',
  '.rs',
  '.java',
  '.c',
  '.h',
  '.cpp',
  '.php',
  '.lua',
]

/**
 * Characters in programs that a reader does not see or sees in another order (CVE-2021-42574, CVE-2021-42694), and what their
 * comments, docstrings and texts say to a model.
 */
export const unicode: Inspector = {
  id: 'unicode',
  detect: {
    probe: (head, _tail, size) =>
      size > 0 && textEncoding(head, size > head.length) !== undefined ? 'weak' : 'no',
    suffix: [...PYTHON, ...SCRIPT, ...OTHER],
    byName: true,
  },
  facts: TEXT_FACTS,
  inspect,
}

async function* inspect(
  { artifact, bytes }: Opened,
  { meter, signal }: InspectContext,
): AsyncGenerator<Emission> {
  const encoding = textEncoding((await bytes.read(0, HEAD)).slice(), bytes.size > HEAD)
  if (encoding === undefined) return
  const length = Math.min(await textLength(bytes, encoding, signal), SOURCE)
  const { text } = sourceText((await bytes.read(0, length)).slice(), encoding, false)
  meter.tick()
  const path = (artifact.locator.members.at(-1) ?? artifact.locator.root).replaceAll('\\', '/').toLowerCase()
  const isTest = roleOfPath(path) === 'test'
  const role = isTest ? 'test' : 'code-comment'
  yield* characters(text, role)
  yield* blindCopies(text, role)
  const name = artifact.name.toLowerCase()
  const language = PYTHON.some((s) => name.endsWith(s))
    ? 'python'
    : SCRIPT.some((s) => name.endsWith(s))
      ? 'javascript'
      : undefined
  const parts = language ? sourceProse(text, language, isTest) : []
  // Strings of a program are read one by one: they belong together only where the program says so.
  let exhausted = false
  for (const part of parts) {
    const prose =
      part.role === 'code-comment' ? readProse(part.text, part.role, part.place) : readTogether([part])
    exhausted ||= prose.exhausted
    for (const draft of prose.facts) {
      if (draft.kind === 'text.injection' || draft.kind === 'text.signal') yield { type: 'fact', ...draft }
    }
  }
  if (exhausted) yield { type: 'damage', kind: 'limit', message: 'more text than is read for what it says' }
}

/** Escapes written into a program's texts colour its output; what matters is what changes the program's own look. */
function* characters(text: string, role: string): Generator<Emission> {
  let lines: Lines | undefined
  const seen = new Set<string>()
  for (const { technique, start, size, decoded, isTelling } of concealed(text)) {
    if (!isTelling || technique === 'ansi' || technique === 'overwrite' || seen.has(technique)) continue
    if ((technique === 'bidi' || technique === 'filler') && !isReadable(text, start)) continue
    seen.add(technique)
    lines ??= new Lines(text)
    const content = decoded === '' ? 'nothing' : 'text'
    yield fact(
      'text.hidden',
      { technique, content, size, role, owner: '', field: 'source' },
      lines.at(start),
      decoded,
    )
  }
}

/** Lines that somebody might read: minified libraries list such characters to escape them. */
function isReadable(text: string, at: number): boolean {
  const end = text.indexOf('\n', at)
  return (end === -1 ? text.length : end) - text.lastIndexOf('\n', at) < LINE
}

/** `Bcc: 'somebody@…'`: a header with a literal address in code that sends mail. */
function* blindCopies(text: string, role: string): Generator<Emission> {
  for (const match of text.matchAll(
    /\bbcc['"]?\s*[:=,]\s*\[?\s*['"\x60]([\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{1,100})['"\x60]/gi,
  )) {
    const sends =
      /\b(?:fetch|axios|request|sendmail|smtp|postmark|sendgrid|mailgun|resend|nodemailer|email|mail)/i.test(
        text,
      )
    const data = {
      host: match[1] ?? '',
      class: 'blind-copy',
      polarity: 'asserted',
      sends,
      role,
      owner: '',
      field: 'source',
    }
    yield fact('text.destination', data, new Lines(text).at(match.index), match[0])
    return
  }
}
