import { printable } from './printable.ts'

/** Inline code that no content can leave: more backticks outside than inside in a row (CommonMark, 6.1). */
export function codeSpan(text: string): string {
  const shown = printable(text)
  if (shown === '') return ''
  const runs = [...shown.matchAll(/`+/g)].map((m) => m[0].length)
  const fence = '`'.repeat(Math.max(0, ...runs) + 1)
  const pad = shown.startsWith('`') || shown.endsWith('`') ? ' ' : ''
  return `${fence}${pad}${shown}${pad}${fence}`
}

/** The same inside a table, where a bar would end the cell. */
export function codeCell(text: string): string {
  return codeSpan(text).replaceAll('|', '\\|')
}

/** Prose that quotes artifacts: nothing in it is markup, a link, an image, HTML or the mention of a person. */
export function prose(text: string): string {
  return printable(text)
    .replace(/[\\`*_[\]#|~!]/g, (c) => `\\${c}`)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('://', '&#58;//')
    .replace(/@(?=\w)/g, '@\u200b')
}
