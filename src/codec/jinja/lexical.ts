import type { Observation } from './escape.ts'
import { FOREIGN_GLOBALS, leadsInside, SINKS } from './names.ts'

/** The insides of statements and expressions, in linear time also where a tag never ends. */
function* tags(source: string): Generator<{ code: string; isStatement: boolean }> {
  const opening = /\{([{%])/g
  for (let match = opening.exec(source); match; match = opening.exec(source)) {
    const isStatement = match[1] === '%'
    const end = source.indexOf(isStatement ? '%}' : '}}', opening.lastIndex)
    // A tag without an end takes the rest: Jinja refuses it, others may not.
    const stop = end < 0 ? source.length : end
    yield { code: source.slice(opening.lastIndex, stop).replace(/^[-+]|[-+]$/g, ''), isStatement }
    opening.lastIndex = stop
  }
}

const LOADS = /^\s*(include|import|extends|from)\b/
const STRING = /'(?:[^'\\]|\\[\s\S])*'|"(?:[^"\\]|\\[\s\S])*"/g
const ESCAPED = /\\(?:x[\da-f]{2}|u[\da-f]{4}|U[\da-f]{8}|[0-7]{1,3}|N\{)/i

/** Reads a template that no parser here takes, word by word. Says rather too much than too little. */
export function* lexicalEscapes(source: string): Generator<Observation> {
  for (const { code, isStatement } of tags(source)) {
    const load = LOADS.exec(code)
    if (isStatement && load) yield { what: 'load', name: load[1] ?? '' }
    const literals = [...code.matchAll(STRING)].map(([text]) => text.slice(1, -1))
    if (literals.some((text) => ESCAPED.test(text))) yield { what: 'computed', name: 'escape' }
    for (const name of literals) if (leadsInside(name)) yield { what: 'attribute', name: name.slice(0, 60) }
    yield* words(code.replace(STRING, "''"))
  }
}

const WORD = /(\.|\|)?\s*([A-Za-z_]\w*)\s*(\(|=(?!=))?/g

function* words(code: string): Generator<Observation> {
  for (const [, before, name = '', after] of code.matchAll(WORD)) {
    if (leadsInside(name)) yield { what: 'attribute', name }
    else if (after === '(' && SINKS.has(name)) yield { what: 'sink', name }
    else if (before === undefined && after !== '=' && FOREIGN_GLOBALS.has(name))
      yield { what: 'global', name }
    else if (before === '|' && name === 'attr' && !code.includes("attr('')"))
      yield { what: 'computed', name: 'attr' }
  }
}
