import type { TextFile } from '../model/lock.ts'

/** A prompt, skill or template is some KiB; a longer text is held by its digest alone. */
const TEXT_BYTES = 64 * 1024
/** Of all texts of one source together. */
const ALL_BYTES = 4 * 1024 * 1024

const NAMES =
  /(?:\.(?:md|mdc|txt|prompt|jinja2?|j2)|\.prompt\.(?:ya?ml|json))$|(?:^|\/)(?:system_prompt|prompt)$/i

/** May a file hold instructions that a person should read when they change? */
export function isTextFile(path: string, size: number): boolean {
  return size <= TEXT_BYTES && NAMES.test(path)
}

/**
 * Text as it is compared: without byte order mark, LF, no blanks at line ends, canonical Unicode (NFC). What is invisible
 * stays in it. Undefined for bytes that are no UTF-8.
 */
function normalText(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return text
      .replace(/\r\n?/g, '\n')
      .replace(/[ \t]+$/gm, '')
      .normalize('NFC')
  } catch {
    return undefined
  }
}

/** The normalised text of a file that is one by its name. */
export function textsOf(path: string, bytes: Uint8Array): TextFile[] {
  const text = isTextFile(path, bytes.length) ? normalText(bytes) : undefined
  return text === undefined ? [] : [{ path, text }]
}

/** As many as fit, in their order. */
export function bounded(texts: readonly TextFile[]): TextFile[] {
  let left = ALL_BYTES
  return texts.filter(({ text }) => {
    left -= Buffer.byteLength(text)
    return left >= 0
  })
}
