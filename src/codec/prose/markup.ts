/** A stretch of a text that is there for a model or a program and not shown to people. */
export interface Veil {
  readonly technique: 'comment' | 'link-reference' | 'style' | 'padding-lines' | 'padding-columns'
  readonly start: number
  readonly end: number
}

/** People leave a few blank lines and indent by a few dozen columns; far more pushes text out of sight. */
const BLANK_LINES = 50
const BLANK_COLUMNS = 200
const COMMENT_LIMIT = 64 * 1024
const VEILS_KEPT = 512

const STYLED =
  /<(\w{1,12})\b[^<>]{0,200}(?:style\s*=\s*["'][^"'<>]{0,120}(?:display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*[01](?:px|pt|em|rem|%)?\s*[;"']|opacity\s*:\s*0(?:\.0\d*)?\s*[;"']|color\s*:\s*(?:#fff(?:fff)?|white|transparent)\b|text-indent\s*:\s*-\d{3,}|left\s*:\s*-\d{4,})|\shidden(?=[\s>]))[^<>]{0,200}>/gi

/** Everything in a text that its rendering or a window does not show. Linear. */
export function veils(text: string): Veil[] {
  const found: Veil[] = []
  comments(text, found)
  for (const match of text.matchAll(
    /^[ \t]*\[(?:\/\/|comment|_|#)\]:[ \t]*(?:#|<>)[ \t]*["'(][^\n]{0,4000}/gm,
  )) {
    found.push({ technique: 'link-reference', start: match.index, end: match.index + match[0].length })
  }
  if (/display|visibility|font-size|opacity|color|hidden|text-indent/i.test(text)) {
    for (const match of text.matchAll(STYLED)) {
      const start = match.index + match[0].length
      const close = text.indexOf(`</${match[1] ?? ''}`, start)
      found.push({
        technique: 'style',
        start,
        end: close === -1 ? Math.min(text.length, start + 4000) : close,
      })
      if (found.length > VEILS_KEPT) break
    }
  }
  padding(text, found)
  return found.slice(0, VEILS_KEPT)
}

function comments(text: string, found: Veil[]): void {
  for (let at = text.indexOf('<!--'); at !== -1 && found.length < VEILS_KEPT; ) {
    const close = text.indexOf('-->', at + 4)
    const end = close === -1 ? Math.min(text.length, at + COMMENT_LIMIT) : close
    found.push({ technique: 'comment', start: at, end })
    at = text.indexOf('<!--', end)
  }
}

function padding(text: string, found: Veil[]): void {
  let [blank, at] = [0, text.indexOf('\n')]
  while (at !== -1 && found.length < VEILS_KEPT) {
    const next = text.indexOf('\n', at + 1)
    const line = text.slice(at + 1, Math.min(next === -1 ? text.length : next, at + 4000))
    if (line.trim() === '') blank++
    else {
      if (blank >= BLANK_LINES)
        found.push({ technique: 'padding-lines', start: at + 1, end: Math.min(text.length, at + 4000) })
      blank = 0
    }
    at = next
  }
  if (!text.includes(' '.repeat(BLANK_COLUMNS))) return
  for (const match of text.matchAll(/(?<=\S) {200,}(?=\S)/g)) {
    const start = match.index + match[0].length
    const end = text.indexOf('\n', start)
    found.push({ technique: 'padding-columns', start, end: end === -1 ? text.length : end })
    if (found.length > VEILS_KEPT) return
  }
}
