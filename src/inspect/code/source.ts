import { type SourceText, sourceText } from '../../codec/syntax/source-text.ts'
import { textEncoding, textLength } from '../../codec/text.ts'
import { type Detect, type Emission, fact, type InspectContext, type Opened } from '../inspector.ts'

const HEAD = 64 * 1024

/** What is said of every source file. */
export function sourceFact({ text, encoding, hidden }: SourceText, language: string): Emission {
  return fact('code.source', { language, encoding, hidden, minified: isMinified(text) })
}

/** People break lines: what has thousands of characters and hardly a line was written by a program for a program. */
const MINIFIED_AT_LEAST = 8192
const CHARACTERS_PER_LINE = 500

function isMinified(text: string): boolean {
  if (text.length < MINIFIED_AT_LEAST) return false
  let lines = 1
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines++
  return text.length / lines > CHARACTERS_PER_LINE
}

/**
 * The text of an artifact that is one, up to the first byte that no text has. Accounts for the bytes first, so that what
 * cannot be analysed is partial and not taken for something hidden.
 */
export async function* withSource(
  { bytes }: Opened,
  { meter, signal }: InspectContext,
  honoursCookie: boolean,
  analyse: (source: SourceText, tick: () => void) => AsyncIterable<Emission>,
): AsyncGenerator<Emission> {
  const encoding = textEncoding((await bytes.read(0, HEAD)).slice(), bytes.size > HEAD)
  if (encoding === undefined) return
  const length = await textLength(bytes, encoding, signal)
  yield { type: 'span', offset: 0, length, as: 'inspected' }
  const { SOURCE_LIMIT } = await import('../../codec/syntax/parser.ts')
  if (length > SOURCE_LIMIT) {
    const message = `a source of over ${SOURCE_LIMIT} bytes is not analysed`
    yield { type: 'damage', kind: 'limit', message }
    return
  }
  meter.hold(length * BYTES_PER_BYTE)
  try {
    const source = sourceText((await bytes.read(0, length)).slice(), encoding, honoursCookie)
    yield* analyse(source, () => {
      signal.throwIfAborted()
      meter.tick()
    })
  } finally {
    meter.release(length * BYTES_PER_BYTE)
  }
}

/** Memory that analysis takes for each byte of source: text, tree and values. Honest files are far below. */
const BYTES_PER_BYTE = 40

/** Is this the beginning of a script for one of these interpreters, of some text, or of neither? */
export function scriptProbe(interpreters: RegExp) {
  return (head: Uint8Array, _tail: Uint8Array, size: number): 'strong' | 'weak' | 'no' => {
    if (size === 0 || textEncoding(head, size > head.length) === undefined) return 'no'
    const first = Buffer.from(head.subarray(0, 256)).toString('latin1')
    const line = /^(?:\xef\xbb\xbf)?#![ \t]*([^\r\n]*)/.exec(first)?.[1]
    return line !== undefined && interpreters.test(line) ? 'strong' : 'weak'
  }
}

const CODE_NAME = /\.(?:py|pyw|[mc]?[jt]sx?|sh|bash|zsh|ksh|ps1|psm1)$/i

/**
 * Does name or first line say that the file is in another language? Then it is read in both, and what is no valid program
 * in one of them is nothing to be surprised at.
 */
export function isContested(
  name: string,
  text: string,
  { suffix = [] }: Detect,
  interpreters: RegExp,
): boolean {
  const line = /^#![ \t]*([^\r\n]*)/.exec(text)?.[1]
  if (line === undefined) return false
  const isNamed = suffix.some((s) => name.toLowerCase().endsWith(s))
  return !interpreters.test(line) || (!isNamed && CODE_NAME.test(name))
}
