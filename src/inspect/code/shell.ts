import { memorySource } from '../../bytes/memory.ts'
import { CODE_FACTS } from '../../model/code-facts.ts'
import type { Detect, Emission, Inspector } from '../inspector.ts'
import { trouble } from './program.ts'
import { ShellFacts } from './shell-facts.ts'
import { isContested, scriptProbe, sourceFact, withSource } from './source.ts'

const INTERPRETERS = /\b(?:ba|z|da|k|a)?sh\b/

const DETECT: Detect = {
  probe: scriptProbe(INTERPRETERS),
  suffix: ['.sh', '.bash', '.zsh', '.ksh', '.command'],
  name: ['.bashrc', '.bash_profile', '.profile', '.zshrc', '.envrc'],
  byName: true,
}

/** Begins like shell, and hands itself to Python in the second line: how installers get round the length of `#!`. */
const HANDED_ON = /^#![^\n]*\n'''exec' /

/** Shell scripts. */
export const shell: Inspector = {
  id: 'shell',
  detect: DETECT,
  facts: CODE_FACTS,
  inspect: (opened, context) =>
    withSource(opened, context, false, async function* (source, tick): AsyncGenerator<Emission> {
      const { text } = source
      yield sourceFact(source, 'shell')
      const { analyseShell } = await import('../../codec/syntax/analyse.ts')
      const { behaviour, syntax } = await analyseShell(text, tick)
      const { name } = opened.artifact
      const isHandedOn = HANDED_ON.test(text)
      if (isHandedOn && !name.endsWith('.py')) {
        yield {
          type: 'child',
          name: '@python',
          format: 'python',
          bytes: memorySource(Buffer.from(`# ${text.slice(2)}`)),
        }
      }
      if (!isHandedOn && !isContested(name, text, DETECT, INTERPRETERS))
        yield* trouble(syntax, source, 'shell')
      yield* new ShellFacts(source, tick).script(behaviour)
    }),
}
