import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Measure } from '../model/signature.ts'
import { FormatError } from '../model/trouble.ts'
import { type HashAnswer, type HashedFile, type HashOrder, hashFile } from './hash-file.ts'

/** Below this a second thread costs more (some 40 ms) than it gives. */
const THREADED_BYTES = 128 * 1024 * 1024

interface SizedFile {
  readonly path: string
  readonly size: number
}

/**
 * Hashes files, each read once, on as many cores as there are; answers are in the order of the files. Throws `FormatError` for
 * the first that cannot be read or is changed meanwhile, the signal's reason if aborted.
 */
export async function hashFiles(
  files: readonly SizedFile[],
  measure: Measure,
  signal: AbortSignal,
  threads = availableParallelism(),
): Promise<HashedFile[]> {
  const bytes = files.reduce((sum, { size }) => sum + size, 0)
  if (threads > 1 && files.length > 1 && bytes >= THREADED_BYTES)
    return threaded(files, measure, signal, Math.min(threads, files.length))
  const hashed: HashedFile[] = []
  for (const file of files) hashed.push(await hashFile(file.path, measure, signal))
  return hashed
}

async function threaded(
  files: readonly SizedFile[],
  measure: Measure,
  signal: AbortSignal,
  threads: number,
): Promise<HashedFile[]> {
  signal.throwIfAborted()
  // The largest first: the last ones to be taken decide how long one thread is left alone.
  const order = files.map((_, i) => i).toSorted((a, b) => (files[b]?.size ?? 0) - (files[a]?.size ?? 0))
  const workerData: HashOrder = {
    files: order.map((i) => files[i]?.path ?? ''),
    measure,
    taken: new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT),
  }
  const hashed = new Array<HashedFile>(files.length)
  const done = Promise.withResolvers<void>()
  const abort = () => done.reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  let left = files.length
  const hear = (answer: HashAnswer) => {
    if ('trouble' in answer) {
      const { kind, message, offset } = answer.trouble
      done.reject(new FormatError(kind, message, offset))
      return
    }
    hashed[order[answer.index] ?? 0] = answer.hashed
    if (--left === 0) done.resolve()
  }
  const workers = Array.from({ length: threads }, () => spawn(workerData, hear, done.reject))
  try {
    await done.promise
    return hashed
  } finally {
    signal.removeEventListener('abort', abort)
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
}

function spawn(workerData: HashOrder, hear: (answer: HashAnswer) => void, fail: (error: unknown) => void) {
  const name = import.meta.url.endsWith('.ts') ? './hash-worker.ts' : './hash-worker.js'
  const worker = new Worker(new URL(name, import.meta.url), { workerData, execArgv: [] })
  worker.on('message', hear)
  worker.on('error', fail)
  return worker
}
