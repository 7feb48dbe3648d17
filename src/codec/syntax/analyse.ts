import { JAVASCRIPT } from './fold-javascript.ts'
import { PYTHON } from './fold-python.ts'
import { behaviourOf } from './interpreter.ts'
import type { Grammar, Syntax } from './language.ts'
import { lowerJavascript } from './lower-javascript.ts'
import { lowerPython } from './lower-python.ts'
import { parse } from './parser.ts'
import type { Behaviour } from './records.ts'

export interface Analysis {
  readonly behaviour: Behaviour
  readonly syntax: Syntax
}

/** Parses a program and finds out what it does. Throws `FormatError` where it is too large or too ambiguous. */
export async function analyse(
  grammar: 'python' | 'javascript' | 'typescript' | 'tsx',
  text: string,
  tick: () => void,
): Promise<Analysis> {
  const syntax = await parse(grammar satisfies Grammar, text, tick)
  if (grammar === 'python') return { syntax, behaviour: behaviourOf(lowerPython(syntax.root, text), PYTHON) }
  return { syntax, behaviour: behaviourOf(lowerJavascript(syntax.root, text), JAVASCRIPT) }
}
