import { readJsonc } from '../../codec/jsonc.ts'
import { sourceText } from '../../codec/syntax/source-text.ts'
import { textEncoding, textLength } from '../../codec/text.ts'
import { readToml } from '../../codec/toml.ts'
import { readYamlValues } from '../../codec/yaml.ts'
import type { Json } from '../../model/fact.ts'
import { FormatError } from '../../model/trouble.ts'
import type { InspectContext, Opened } from '../inspector.ts'

export type Syntax = 'json' | 'toml' | 'yaml'

/** A manifest or configuration as values, whatever it is written in. */
export interface PluginDocument {
  readonly value: Json
  /** All documents of a YAML stream; one otherwise. */
  readonly documents: readonly Json[]
  /** Repeated keys, as JSON pointers. */
  readonly duplicates: readonly string[]
  readonly comments: readonly string[]
}

const HEAD = 64 * 1024
/** Text that an agent reads as instructions; more is a book. */
export const TEXT_BYTES = 16 * 1024 * 1024

/** Reads a whole document. Throws `FormatError` for what its reader would refuse, and above the limits. */
export async function readDocument(
  { bytes }: Opened,
  { meter }: InspectContext,
  syntax: Syntax,
): Promise<PluginDocument> {
  const most = syntax === 'json' ? meter.limits.jsonBytes : TEXT_BYTES
  if (bytes.size > most)
    throw new FormatError('limit', `a document of ${bytes.size} bytes (${syntax}) is not read`)
  const whole = await bytes.read(0, bytes.size)
  if (syntax === 'json') {
    const { value, duplicates, comments } = readJsonc(whole, meter.limits)
    return { value, documents: [value], duplicates, comments: comments.map(({ text }) => text) }
  }
  const text = Buffer.from(whole).toString()
  if (syntax === 'toml') {
    const value = await readToml(text)
    if (value === undefined) throw new FormatError('corrupt', 'no TOML')
    return { value, documents: [value], duplicates: [], comments: tomlComments(text) }
  }
  const { documents, errors, duplicates, comments } = await readYamlValues(text)
  if (errors > 0) throw new FormatError('corrupt', `${errors} places are no YAML`)
  return { value: documents[0] ?? null, documents, duplicates, comments }
}

function tomlComments(text: string): string[] {
  return [...text.matchAll(/(?:^|\s)#(.*)$/gm)].map(([, comment = '']) => comment)
}

/** What an artifact that is text says, up to the first byte that no text has; undefined where it is none. */
export async function readText(
  { bytes }: Opened,
  { signal }: InspectContext,
): Promise<{ readonly text: string; readonly length: number; readonly cut: boolean } | undefined> {
  const encoding = textEncoding((await bytes.read(0, HEAD)).slice(), bytes.size > HEAD)
  if (encoding === undefined) return undefined
  const length = await textLength(bytes, encoding, signal)
  const read = Math.min(length, TEXT_BYTES)
  const { text } = sourceText((await bytes.read(0, read)).slice(), encoding, false)
  return { text, length, cut: length > read }
}

/** The path by which a document is known, in lower case and with `/`. */
export function pathOf({ artifact: { locator } }: Opened): string {
  return (locator.members.at(-1) ?? locator.root).replaceAll('\\', '/').toLowerCase()
}

/** A window of a file as text for probes, decoded once for all of them. */
export function windowText(bytes: Uint8Array): string {
  let text = WINDOWS.get(bytes)
  if (text === undefined) {
    text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      .toString('latin1')
      .replace(/^\xef\xbb\xbf/, '')
    WINDOWS.set(bytes, text)
  }
  return text
}

const WINDOWS = new WeakMap<Uint8Array, string>()

/**
 * Patterns that must all occur in the first or last bytes of a text, the first one in the first; each alone takes linear time.
 * The end counts, too: what pads a document's beginning must not hide what it is.
 */
export type Sign = readonly RegExp[]

/** The beginning of JSON, comments before it allowed. */
export const JSON_START = /^\s*(?:[{[]|\/[/*])/

/** `trial` where the beginning of a text shows one of the signs, else `weak`: then only the name can choose it. */
export function signProbe(...signs: readonly Sign[]) {
  return (head: Uint8Array, tail: Uint8Array, size: number): 'trial' | 'weak' | 'no' => {
    if (size === 0 || textEncoding(head, size > head.length) === undefined) return 'no'
    const texts = size > head.length ? [windowText(head), windowText(tail)] : [windowText(head)]
    const has = (pattern: RegExp, index: number) =>
      index === 0 ? pattern.test(texts[0] ?? '') : texts.some((text) => pattern.test(text))
    return signs.some((sign) => sign.every(has)) ? 'trial' : 'weak'
  }
}
