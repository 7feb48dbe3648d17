import { FormatError } from '../model/trouble.ts'

export type XmlToken =
  | {
      readonly type: 'open'
      readonly name: string
      readonly attributes: ReadonlyMap<string, string>
      readonly offset: number
    }
  | { readonly type: 'close'; readonly name: string; readonly offset: number }
  | { readonly type: 'doctype'; readonly text: string; readonly offset: number }
  | { readonly type: 'instruction'; readonly text: string; readonly offset: number }
  | { readonly type: 'text'; readonly text: string; readonly offset: number }

/** Deeper than any schema of models; parsers in C overflow their stack somewhere above. */
const DEPTH = 256
const TAG = /([^\s/>"'=<]+)((?:\s+[^\s/>"'=<]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/y
const ATTRIBUTE = /([^\s/>"'=<]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g

/** Bytes of an XML document as text, by its byte order mark. Other encodings than UTF-8 and UTF-16 are for nobody. */
export function xmlText(bytes: Uint8Array): string {
  const encoding =
    bytes[0] === 0xff && bytes[1] === 0xfe
      ? 'utf-16le'
      : bytes[0] === 0xfe && bytes[1] === 0xff
        ? 'utf-16be'
        : 'utf-8'
  const text = new TextDecoder(encoding).decode(bytes)
  const declared = /^<\?xml[^>]*\sencoding\s*=\s*["']([^"']+)/.exec(text.slice(0, 200))?.[1] ?? 'utf-8'
  if (!/^(?:utf-?8|utf-?16(?:le|be)?|us-ascii|ascii|iso-8859-1|latin-?1|windows-1252)$/i.test(declared)) {
    throw new FormatError('unsupported', `XML in the encoding ${declared.slice(0, 40)}`)
  }
  return text
}

/**
 * The markup of an XML document, token by token. Nothing is expanded and nothing fetched: entities stay as written, a
 * document type is handed out as text. Refuses what no reader of XML may accept, and depth beyond reason.
 */
export function* xmlTokens(text: string): Generator<XmlToken> {
  const open: string[] = []
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0
  let roots = 0
  while (at < text.length) {
    const next = text.indexOf('<', at)
    const end = next < 0 ? text.length : next
    const between = text.slice(at, end)
    if (/\S/.test(between)) {
      if (open.length === 0) throw new FormatError('corrupt', 'text outside the root of the XML', at)
      yield { type: 'text', text: between, offset: at }
    }
    if (next < 0) break
    if (text[next + 1] === '!' || text[next + 1] === '?') {
      const special = markup(text, next)
      if (special.token) yield special.token
      at = special.end
    } else if (text[next + 1] === '/') {
      const close = text.indexOf('>', next)
      const name = text.slice(next + 2, close).trim()
      if (close < 0) throw new FormatError('truncated', 'XML ends inside a tag', next)
      if (open.pop() !== name) throw new FormatError('corrupt', 'an element is closed that is not open', next)
      yield { type: 'close', name, offset: next }
      at = close + 1
    } else {
      if (open.length === 0 && ++roots > 1) throw new FormatError('corrupt', 'XML with two roots', next)
      TAG.lastIndex = next + 1
      const tag = TAG.exec(text)
      if (!tag) throw broken(text, next)
      const [, name = '', attributes = '', empty] = tag
      yield { type: 'open', name, attributes: parse(attributes), offset: next }
      if (empty) yield { type: 'close', name, offset: next }
      else if (open.push(name) > DEPTH)
        throw new FormatError('limit', `XML nested deeper than ${DEPTH}`, next)
      at = TAG.lastIndex
    }
  }
  if (open.length > 0)
    throw new FormatError('truncated', `XML ends inside ${open.at(-1)?.slice(0, 100)}`, text.length)
}

function broken(text: string, at: number): FormatError {
  const isCut = text.indexOf('>', at) < 0
  return new FormatError(isCut ? 'truncated' : 'corrupt', 'XML with a tag that cannot be read', at)
}

function parse(text: string): Map<string, string> {
  const attributes = new Map<string, string>()
  for (const [, name = '', double, single] of text.matchAll(ATTRIBUTE)) {
    if (attributes.has(name)) throw new FormatError('corrupt', 'an attribute is given twice')
    attributes.set(name, expanded(double ?? single ?? ''))
  }
  return attributes
}

const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

/** The five entities of XML itself and numbers; what a document defines is left as it is. */
function expanded(text: string): string {
  return text.replace(
    /&(?:#(\d{1,7})|#x([\da-fA-F]{1,6})|(\w+));/g,
    (whole: string, decimal?: string, hex?: string, name?: string) => {
      const point = decimal ? Number(decimal) : hex ? Number.parseInt(hex, 16) : undefined
      if (point !== undefined) return point <= 0x10ffff ? String.fromCodePoint(point) : whole
      return NAMED[name ?? ''] ?? whole
    },
  )
}

/** Comments, character data, instructions and the document type. */
function markup(text: string, at: number): { token?: XmlToken; end: number } {
  const until = (mark: string, from: number) => {
    const found = text.indexOf(mark, from)
    if (found < 0) throw new FormatError('truncated', 'XML ends inside its markup', at)
    return found
  }
  if (text.startsWith('<!--', at)) return { end: until('-->', at + 4) + 3 }
  if (text.startsWith('<![CDATA[', at)) {
    const end = until(']]>', at + 9)
    return { token: { type: 'text', text: text.slice(at + 9, end), offset: at }, end: end + 3 }
  }
  if (text.startsWith('<?', at)) {
    const end = until('?>', at + 2)
    return { token: { type: 'instruction', text: text.slice(at + 2, end), offset: at }, end: end + 2 }
  }
  // A document type ends at the first `>` outside quotes and its own brackets.
  let [depth, quote] = [0, '']
  for (let i = at + 2; i < text.length; i++) {
    const c = text[i] ?? ''
    if (quote) quote = c === quote ? '' : quote
    else if (c === '"' || c === "'") quote = c
    else if (c === '[') depth++
    else if (c === ']') depth--
    else if (c === '>' && depth <= 0)
      return { token: { type: 'doctype', text: text.slice(at + 2, i), offset: at }, end: i + 1 }
  }
  throw new FormatError('truncated', 'XML ends inside its document type', at)
}
