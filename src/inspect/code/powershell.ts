import { CODE_FACTS } from '../../model/code-facts.ts'
import type { Emission, Inspector } from '../inspector.ts'
import { trouble } from './program.ts'
import { ShellFacts } from './shell-facts.ts'
import { scriptProbe, sourceFact, withSource } from './source.ts'

/** PowerShell scripts and modules. */
export const powershell: Inspector = {
  id: 'powershell',
  detect: {
    probe: scriptProbe(/\b(?:pwsh|powershell)\b/),
    suffix: ['.ps1', '.psm1'],
    byName: true,
  },
  facts: CODE_FACTS,
  inspect: (opened, context) =>
    withSource(opened, context, false, async function* (source, tick): AsyncGenerator<Emission> {
      const language = 'powershell'
      yield sourceFact(source, language)
      const { analysePowershell } = await import('../../codec/syntax/analyse.ts')
      const { behaviour, syntax } = await analysePowershell(source.text, tick)
      yield* trouble(syntax, source, language)
      yield* new ShellFacts(source, tick).script(behaviour, language)
    }),
}
