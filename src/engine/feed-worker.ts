import { parentPort, workerData } from 'node:worker_threads'
import { descriptorSource } from '../bytes/file.ts'
import { FormatError } from '../model/trouble.ts'
import { ChecksumRun } from './checksum.ts'
import { STEP } from './feed.ts'
import { type Ahead, type AheadOutcome, FILLED, FREED, TURNS } from './feed-ring.ts'

async function readAhead({ descriptor, size, expected, ring, counters }: Ahead): Promise<AheadOutcome> {
  const run = new ChecksumRun(expected.map((e, index) => ({ ...e, index })))
  const { fill } = descriptorSource(descriptor, size)
  const counter = new Int32Array(counters)
  for (let turn = 0; turn * STEP < size; turn++) {
    for (let freed = free(counter); turn - freed >= TURNS; freed = free(counter))
      Atomics.wait(counter, FREED, freed)
    const offset = turn * STEP
    const buffer = new Uint8Array(ring, (turn % TURNS) * STEP, Math.min(STEP, size - offset))
    await fill(buffer, offset)
    Atomics.store(counter, FILLED, turn + 1)
    Atomics.notify(counter, FILLED)
    run.update(buffer, offset)
  }
  return { failed: run.failed().map((e) => e.index) }
}

function free(counter: Int32Array): number {
  return Atomics.load(counter, FREED)
}

const outcome = await readAhead(workerData).catch((error: unknown): AheadOutcome => {
  if (!(error instanceof FormatError)) throw error
  const { kind, message, offset } = error
  return { trouble: { kind, message, offset } }
})
parentPort?.postMessage(outcome)
