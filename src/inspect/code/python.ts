import { CODE_FACTS } from '../../model/code-facts.ts'
import type { Inspector } from '../inspector.ts'
import { inspectProgram } from './program.ts'
import { scriptProbe } from './source.ts'

/** Python source. What it does is found out by reading, never by running it. */
export const python: Inspector = {
  id: 'python',
  detect: {
    probe: scriptProbe(/\b(?:i?python|pypy|uv|torchrun)[\d.]*\b/),
    suffix: ['.py', '.pyi', '.pyw'],
    byName: true,
  },
  facts: CODE_FACTS,
  inspect: (opened, context) => inspectProgram(opened, context, 'python', () => 'python'),
}
