import type { TextRole } from '../../model/text-facts.ts'
import type { ProsePart } from './prose.ts'

/** Comments and texts of a program that are worth reading; more is data. */
const PARTS = 4096
/** Short literals are names and keys. */
const SHORT = 40

/** Programs in which a docstring or a `description` is what a model is told about a tool. */
const OFFERS_TOOLS =
  /\bmcp\b|fastmcp|registertool|@tool\b|server\.tool\(|modelcontextprotocol|langchain|smolagents|inputschema|input_schema|modeldescription/i

const STRING = String.raw`"""[\s\S]*?(?:"""|$)|'''[\s\S]*?(?:'''|$)|"[^"\\\n]*(?:\\[\s\S][^"\\\n]*)*"|'[^'\\\n]*(?:\\[\s\S][^'\\\n]*)*'`
const PYTHON = new RegExp(String.raw`#[^\n]*|${STRING}`, 'g')
const SCRIPT = new RegExp(
  String.raw`//[^\n]*|/\*[\s\S]*?(?:\*/|$)|\x60[^\x60\\]*(?:\\[\s\S][^\x60\\]*)*\x60|${STRING}`,
  'g',
)

/**
 * What a program says in words: comments, docstrings and long literals, adjacent literals joined as the language joins them.
 * A lexer's view, linear in the text; strings in regular expressions may be taken for literals, which harms nothing.
 */
export function sourceProse(text: string, language: 'python' | 'javascript', isTest: boolean): ProsePart[] {
  const parts: ProsePart[] = []
  const offersTools = OFFERS_TOOLS.test(text)
  let [joined, joinedAt, last, role] = ['', 0, -1, 'code-string' as TextRole]
  const flush = () => {
    if (joined.length >= SHORT && parts.length < PARTS) {
      const field =
        role === 'code-comment' ? 'comment' : role === 'tool-description' ? 'description' : 'literal'
      parts.push({ text: joined, role: isTest ? 'test' : role, place: { field, at: lineOf(joinedAt) } })
    }
    joined = ''
  }
  let [line, counted] = [1, 0]
  const lineOf = (offset: number) => {
    for (let at = text.indexOf('\n', counted); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) {
      line++
      counted = at + 1
    }
    return { line, column: offset - (text.lastIndexOf('\n', offset - 1) + 1) + 1 }
  }
  for (const match of text.matchAll(language === 'python' ? PYTHON : SCRIPT)) {
    const comment = /^(?:#|\/\/|\/\*)/.test(match[0])
    const between = text.slice(last, match.index)
    const continues =
      last >= 0 &&
      (comment
        ? role === 'code-comment' && /^\s*$/.test(between)
        : role !== 'code-comment' && /^[\s+frbuFRBU]*$/.test(between) && between.length < 200)
    if (!continues) {
      flush()
      joinedAt = match.index
      role = comment
        ? 'code-comment'
        : roleOf(text.slice(Math.max(0, match.index - 200), match.index), offersTools)
    }
    joined += comment ? `${match[0].replace(/^(?:#+|\/\/+|\/\*+)|\*+\/$/g, '')}\n` : unquoted(match[0])
    last = match.index + match[0].length
  }
  flush()
  return parts
}

/** Docstrings of functions and values called `description` are read by models where the program offers tools. */
function roleOf(before: string, offersTools: boolean): TextRole {
  const isDocstring = /(?:\)|\w\])\s*(?:->[^\n]{1,80})?:\s*(?:#[^\n]*)?\n\s*[frbuFRBU]{0,2}$/.test(before)
  const isDescription =
    /\b(?:description|__doc__|modelDescription|instructions)['"]?\s*[:=]\s*\(?\s*[frbu]{0,2}$/i.test(before)
  return offersTools && (isDocstring || isDescription)
    ? 'tool-description'
    : isDocstring
      ? 'code-comment'
      : 'code-string'
}

function unquoted(literal: string): string {
  const quote = /^(?:"""|''')/.test(literal) ? 3 : 1
  return literal
    .slice(quote, literal.length - quote)
    .replace(/\\n/g, '\n')
    .replace(/\\(["'`\\])/g, '$1')
}
