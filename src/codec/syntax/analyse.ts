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
