import { CODE_FACTS } from '../../model/code-facts.ts'
import type { Detect, Inspector } from '../inspector.ts'
import { inspectProgram } from './program.ts'
import { scriptProbe } from './source.ts'

const INTERPRETERS = /\b(?:i?python|pypy|uv|torchrun)[\d.]*\b/

const DETECT: Detect = { probe: scriptProbe(INTERPRETERS), suffix: ['.py', '.pyi', '.pyw'], byName: true }

/** Python source. What it does is found out by reading, never by running it. */
export const python: Inspector = {
  id: 'python',
  detect: DETECT,
  facts: CODE_FACTS,
  inspect: (opened, context) =>
    inspectProgram(opened, context, 'python', { detect: DETECT, interpreters: INTERPRETERS }, () => 'python'),
}
