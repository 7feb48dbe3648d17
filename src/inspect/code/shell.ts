import { CODE_FACTS } from '../../model/code-facts.ts'
import { type Emission, fact, type Inspector } from '../inspector.ts'
import { trouble } from './program.ts'
import { ShellFacts } from './shell-facts.ts'
import { scriptProbe, withSource } from './source.ts'

/** Shell scripts. */
export const shell: Inspector = {
  id: 'shell',
  detect: {
    probe: scriptProbe(/\b(?:ba|z|da|k|a)?sh\b/),
    suffix: ['.sh', '.bash', '.zsh', '.ksh', '.command'],
    name: ['.bashrc', '.bash_profile', '.profile', '.zshrc', '.envrc'],
    byName: true,
  },
  facts: CODE_FACTS,
  inspect: (opened, context) =>
    withSource(opened, context, false, async function* (source, tick): AsyncGenerator<Emission> {
      yield fact('code.source', { language: 'shell', encoding: source.encoding, hidden: source.hidden })
      const { analyseShell } = await import('../../codec/syntax/analyse.ts')
      const { behaviour, syntax } = await analyseShell(source.text, tick)
      yield* trouble(syntax, source, 'shell')
      yield* new ShellFacts(source, tick).script(behaviour)
    }),
}
