import { CODE_FACTS } from '../../model/code-facts.ts'
import type { Inspector } from '../inspector.ts'
import { inspectProgram } from './program.ts'
import { scriptProbe } from './source.ts'

const probe = scriptProbe(/\b(?:node|nodejs|deno|bun|tsx|ts-node|zx)\b/)

/** JavaScript and TypeScript. Text that begins with `<` under `.ts` is a translation or a page, not a program. */
export const javascript: Inspector = {
  id: 'javascript',
  detect: {
    probe: (head, tail, size) => (head[0] === 0x3c ? 'no' : probe(head, tail, size)),
    suffix: ['.js', '.mjs', '.cjs', '.jsx', '.ts', '.mts', '.cts', '.tsx'],
    byName: true,
  },
  facts: CODE_FACTS,
  inspect: (opened, context) => inspectProgram(opened, context, 'javascript', grammarOf),
}

function grammarOf(name: string): 'javascript' | 'typescript' | 'tsx' {
  if (name.endsWith('.tsx')) return 'tsx'
  return /\.[mc]?ts$/.test(name) ? 'typescript' : 'javascript'
}
