import { expect, test } from 'vitest'
import { frames } from '../../../fixtures/evasion/frames.ts'
import { memorySource } from '../../bytes/memory.ts'
import { scanPickle } from './scan.ts'

/** Callables that a short stream reaches in any reading. */
async function callables(bytes: Uint8Array): Promise<string[]> {
  const { census, descriptors } = await scanPickle(memorySource(bytes))
  return [...census.uses()].map((use) => descriptors.callableName(use.callee))
}

// The frame is opened and cut within one window: the inner loop must not run past its end with the old bound.
test.each(frames.filter((e) => e.name.startsWith('straddle') || e.name === 'line crosses the frame'))(
  'what a reader of files finds behind a cut instruction is seen: $name',
  async ({ files }) => {
    const [bytes = new Uint8Array(0)] = Object.values(files())
    expect(await callables(bytes)).toEqual(expect.arrayContaining([expect.stringMatching(/os\.system$/)]))
  },
)
