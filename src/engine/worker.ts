import { parentPort, workerData } from 'node:worker_threads'
import { INSPECTORS } from '../inspect/registry.ts'
import { FormatError } from '../model/trouble.ts'
import { inspectRoot } from './inspect.ts'
import type { Inspected, InspectOptions, RootTask } from './node.ts'

/**
 * What a worker says: how far it is, and what a task gave, in parts of bounded size. Tasks are answered in the order
 * they came; `last` ends one.
 */
export type WorkerMessage =
  | { readonly kind: 'advance'; readonly bytes: number }
  | { readonly kind: 'part'; readonly index: number; readonly part: Inspected; readonly last: boolean }
  | ReadRequest

/** A range of a remote file, which only the command line's thread can fetch. */
export interface ReadRequest {
  readonly kind: 'read'
  readonly file: number
  readonly offset: number
  readonly length: number
}

/** The answer to the one request that a worker has open. */
export type ReadAnswer =
  | { readonly bytes: Uint8Array }
  | { readonly trouble: Pick<FormatError, 'kind' | 'message' | 'fact'> }

export interface WorkerTask {
  readonly index: number
  readonly task: RootTask
}

/** Bytes between two progress messages: often enough for a person, rare enough to cost nothing. */
const ADVANCE_STEP = 32 * 1024 * 1024

/** Entries of one message: an archive of two million members would not fit into a single one. */
const PART = 20_000

function* parts(
  index: number,
  { artifacts, facts, coverage, measured }: Inspected,
): Generator<WorkerMessage> {
  const size = Math.max(artifacts.length, facts.length, coverage.length)
  for (let from = 0; from === 0 || from < size; from += PART) {
    const to = from + PART
    const part = {
      artifacts: artifacts.slice(from, to),
      facts: facts.slice(from, to),
      coverage: coverage.slice(from, to),
      ...(from === 0 && measured ? { measured } : {}),
    }
    yield { kind: 'part', index, part, last: to >= size }
  }
}

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
  let answered: ((answer: ReadAnswer) => void) | undefined
  const ask = async (file: number, offset: number, length: number) => {
    const answer = await new Promise<ReadAnswer>((resolve) => {
      answered = resolve
      port.postMessage({ kind: 'read', file, offset, length } satisfies WorkerMessage)
    })
    if ('bytes' in answer) return answer.bytes
    const { kind, message, fact } = answer.trouble
    throw new FormatError(kind, message, undefined, fact)
  }
  const around = { inspectors: INSPECTORS, options, signal, advance, ask }
  let queue = Promise.resolve()
  port.on('message', (batch: readonly WorkerTask[] | ReadAnswer) => {
    if ('bytes' in batch || 'trouble' in batch) {
      answered?.(batch)
      return
    }
    queue = queue.then(async () => {
      for (const { index, task } of batch) {
        const result = await inspectRoot(task, around)
        port.postMessage({ kind: 'advance', bytes: unsaid } satisfies WorkerMessage)
        unsaid = 0
        for (const message of parts(index, result)) port.postMessage(message)
      }
    })
  })
}
