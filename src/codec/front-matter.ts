/** A Markdown file with settings at its head, as agents and static site generators write them. */
export interface FrontMatter {
  /** YAML (or TOML between `+++`) without the fences; undefined where there is none. */
  readonly head: string | undefined
  readonly syntax: 'yaml' | 'toml'
  readonly body: string
  /** Line of the body's first character, from 1. */
  readonly line: number
}

const FENCE = /^\ufeff?(---|\+\+\+)[ \t]*\r?\n/

/** Splits a text at its front matter. A fence that is opened and never closed opens nothing: the whole is body. */
export function frontMatter(text: string): FrontMatter {
  const open = FENCE.exec(text)
  const fence = open?.[1] ?? '---'
  const syntax = fence === '+++' ? 'toml' : 'yaml'
  if (!open) return { head: undefined, syntax, body: text, line: 1 }
  const start = open[0].length
  const close = fence === '---' ? /^(?:---|\.\.\.)[ \t]*\r?$/m : /^\+\+\+[ \t]*\r?$/m
  const found = close.exec(text.slice(start))
  if (!found) return { head: undefined, syntax, body: text, line: 1 }
  const head = text.slice(start, start + found.index)
  const rest = start + found.index + found[0].length
  const body = text.slice(rest).replace(/^\n/, '')
  return { head, syntax, body, line: text.slice(0, text.length - body.length).split('\n').length }
}
