import { memorySource } from '../../bytes/memory.ts'
import { fences } from '../../codec/prose/fences.ts'
import type { Emission } from '../inspector.ts'

/** The blocks of code in instructions that a model is meant to run, as children for the inspectors of code. */
export function* fencedCode(text: string, first: number): Generator<Emission> {
  for (const { language, code, line } of fences(text)) {
    yield {
      type: 'child',
      name: `@${line + first - 1}:1`,
      format: language,
      bytes: memorySource(Buffer.from(code)),
    }
  }
}
