import { parentPort, workerData } from 'node:worker_threads'
import { INSPECTORS } from '../inspect/registry.ts'
import { inspectRoot } from './inspect.ts'
import type { Inspected, InspectOptions, RootTask } from './node.ts'

/** What a worker says: how far it is, and what a task gave. Tasks are answered in the order they came. */
export type WorkerMessage =
  | { readonly kind: 'advance'; readonly bytes: number }
  | { readonly kind: 'done'; readonly index: number; readonly result: Inspected }

export interface WorkerTask {
  readonly index: number
  readonly task: RootTask
}

/** Bytes between two progress messages: often enough for a person, rare enough to cost nothing. */
const ADVANCE_STEP = 32 * 1024 * 1024

const port = parentPort
if (port) {
  const options: InspectOptions = workerData
  let unsaid = 0
  const advance = (bytes: number) => {
    unsaid += bytes
    if (unsaid < ADVANCE_STEP) return
    port.postMessage({ kind: 'advance', bytes: unsaid } satisfies WorkerMessage)
    unsaid = 0
  }
  // The pool ends a worker by terminate(), so this signal never fires.
  const { signal } = new AbortController()
  const around = { inspectors: INSPECTORS, options, signal, advance }
  let queue = Promise.resolve()
  port.on('message', (batch: readonly WorkerTask[]) => {
    queue = queue.then(async () => {
      for (const { index, task } of batch) {
        const result = await inspectRoot(task, around)
        port.postMessage({ kind: 'advance', bytes: unsaid } satisfies WorkerMessage)
        unsaid = 0
        port.postMessage({ kind: 'done', index, result } satisfies WorkerMessage)
      }
    })
  })
}
