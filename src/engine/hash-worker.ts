import { parentPort, workerData } from 'node:worker_threads'
import { FormatError } from '../model/trouble.ts'
import { type HashAnswer, type HashOrder, hashFile } from './hash-file.ts'

const { files, measure, taken }: HashOrder = workerData
const counter = new Int32Array(taken)
// The thread is ended from outside, so this signal never fires.
const { signal } = new AbortController()
const say = (answer: HashAnswer) => parentPort?.postMessage(answer)
try {
  for (let index = Atomics.add(counter, 0, 1); index < files.length; index = Atomics.add(counter, 0, 1))
    say({ index, hashed: await hashFile(files[index] ?? '', measure, signal) })
} catch (error) {
  if (!(error instanceof FormatError)) throw error
  const { kind, message, offset } = error
  say({ trouble: { kind, message, offset } })
}
