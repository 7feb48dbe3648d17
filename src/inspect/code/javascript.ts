import { CODE_FACTS } from '../../model/code-facts.ts'
import type { Detect, Inspector } from '../inspector.ts'
import { inspectProgram } from './program.ts'
import { scriptProbe } from './source.ts'

const INTERPRETERS = /\b(?:node|nodejs|deno|bun|tsx|ts-node|zx)\b/
const probe = scriptProbe(INTERPRETERS)

const DETECT: Detect = {
  // Text that begins with `<` under `.ts` is a translation or a page, not a program.
  probe: (head, tail, size) => (head[0] === 0x3c ? 'no' : probe(head, tail, size)),
  suffix: ['.js', '.mjs', '.cjs', '.jsx', '.ts', '.mts', '.cts', '.tsx'],
  byName: true,
}

/** JavaScript and TypeScript. */
export const javascript: Inspector = {
  id: 'javascript',
  detect: DETECT,
  facts: CODE_FACTS,
  inspect: (opened, context) =>
    inspectProgram(opened, context, 'javascript', { detect: DETECT, interpreters: INTERPRETERS }, grammarOf),
}

function grammarOf(name: string): 'javascript' | 'typescript' | 'tsx' {
  if (name.endsWith('.tsx')) return 'tsx'
  return /\.[mc]?ts$/.test(name) ? 'typescript' : 'javascript'
}
