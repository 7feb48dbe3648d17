import { type ShellBehaviour, shellBehaviour } from './commands.ts'
import { JAVASCRIPT } from './fold-javascript.ts'
import { PYTHON } from './fold-python.ts'
import { behaviourOf } from './interpreter.ts'
import type { Grammar, Syntax } from './language.ts'
import { lowerJavascript } from './lower-javascript.ts'
import { lowerPython } from './lower-python.ts'
import { parse } from './parser.ts'
import { powershellBehaviour } from './powershell.ts'
import type { Behaviour } from './records.ts'
import { shellPipes } from './shell.ts'
import { spelledForGrammar } from './typescript-gaps.ts'

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
  const parsed = await parse(grammar satisfies Grammar, text, tick)
  if (grammar === 'python') {
    return { syntax: parsed, behaviour: behaviourOf(lowerPython(parsed.root, text), PYTHON) }
  }
  const isTyped = grammar !== 'javascript' && parsed.errorCount > 0
  const { syntax, spelled } = (isTyped && (await aroundGaps(grammar, text, parsed, tick))) || {
    syntax: parsed,
    spelled: text,
  }
  return { syntax, behaviour: behaviourOf(lowerJavascript(syntax.root, spelled), JAVASCRIPT) }
}

/** Each round mends what is near the errors that a parse reports; it reports only the first few. */
const ROUNDS = 8

/** The tree of a text that differs only in what the grammar does not know, if it has no error. Else the text has. */
async function aroundGaps(
  grammar: 'typescript' | 'tsx',
  text: string,
  parsed: Syntax,
  tick: () => void,
): Promise<{ readonly syntax: Syntax; readonly spelled: string } | undefined> {
  let [syntax, spelled] = [parsed, text]
  for (let round = 0; round < ROUNDS; round++) {
    const next = spelledForGrammar(spelled, syntax.errors)
    if (next === undefined) return undefined
    const again = await parse(grammar, next, tick)
    if (again.errorCount === 0) return { syntax: again, spelled: next }
    if (again.errorCount >= syntax.errorCount) return undefined
    ;[syntax, spelled] = [again, next]
  }
  return undefined
}

/** The same for a shell script or one command line. */
export async function analyseShell(
  text: string,
  tick: () => void,
): Promise<{ readonly behaviour: ShellBehaviour; readonly syntax: Syntax }> {
  const syntax = await parse('bash', text, tick)
  // The grammar does not know `<>`.
  const errors = syntax.errors.filter((e) => text.slice(e.start, e.end) !== '>')
  const errorCount = syntax.errorCount - (syntax.errors.length - errors.length)
  return {
    syntax: { ...syntax, errors, errorCount },
    behaviour: shellBehaviour(shellPipes(syntax.root, text)),
  }
}

/** The same for a PowerShell script. */
export async function analysePowershell(
  text: string,
  tick: () => void,
): Promise<{ readonly behaviour: ShellBehaviour; readonly syntax: Syntax }> {
  const syntax = await parse('powershell', text, tick)
  return { syntax, behaviour: powershellBehaviour(syntax.root, text) }
}
