import { Worker } from 'node:worker_threads'
import { FormatError } from '../model/trouble.ts'
import { failed } from './failed.ts'
import type { Inspected, InspectOptions, RootTask } from './node.ts'
import type { PoolOptions } from './options.ts'
import type { ReadAnswer, ReadRequest, WorkerMessage, WorkerTask } from './worker.ts'

/** Small files travel together, so that a message costs little beside the work. */
const BATCH_FILES = 32
const BATCH_BYTES = 4 * 1024 * 1024
/** A worker is given more while it has less than this open, so that it never waits; a large file travels alone. */
const AHEAD = 2
/** Heap of one worker. Two million archive members need about one and a half GiB; the buffers are bounded by the Meter. */
const HEAP_MIB = 4096
/** How long after its own deadline a worker is given to notice it. */
const GRACE_SECONDS = 30

/** Inspects all files; results are in the order of the tasks, whatever the number of jobs. */
export async function inspectAll(tasks: readonly RootTask[], options: PoolOptions): Promise<Inspected[]> {
  if (options.jobs === 0) return (await import('./here.ts')).inspectHere(tasks, options)
  return new Promise((resolve, reject) => {
    const pool = new Pool(tasks, options, resolve, reject)
    pool.start()
  })
}

/** Workers that boot while the targets are walked and the rules are read. They keep no process alive. */
let spare: { readonly key: string; readonly worker: Worker }[] = []

/** Lets workers boot ahead of `inspectAll` with the same options: loading the inspectors takes them some 80 ms. */
export function warmUp(options: PoolOptions, count: number): void {
  const key = keyOf(options)
  while (spare.length < Math.min(options.jobs, count)) {
    const worker = spawn(options)
    worker.unref()
    // Asked for nothing yet: one that fails is forgotten, and the next is told why when it fails too.
    worker.on('error', () => {
      spare = spare.filter((s) => s.worker !== worker)
    })
    spare.push({ key, worker })
  }
}

function spawn({ limits, digest, memberDigests, rows }: PoolOptions): Worker {
  const url = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url)
  const workerData: InspectOptions = { limits, digest, memberDigests, rows }
  // Flags of the caller's own process, such as how its main script is to be read, are not for our threads.
  return new Worker(url, { workerData, execArgv: [], resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB } })
}

function keyOf({ limits, digest, memberDigests, rows }: PoolOptions): string {
  return JSON.stringify([limits, digest, memberDigests, String(rows)])
}

/** A worker that has booted already, or a new one. */
function engage(options: PoolOptions): Worker {
  const at = spare.findIndex((s) => s.key === keyOf(options))
  const [found] = at < 0 ? [] : spare.splice(at, 1)
  if (!found) return spawn(options)
  found.worker.ref()
  return found.worker
}

interface Hand {
  readonly worker: Worker
  /** Given out and not yet answered, in order: the first is the one being worked on. */
  readonly open: WorkerTask[]
  timer: NodeJS.Timeout | undefined
}

class Pool {
  readonly #options: PoolOptions
  readonly #queue: WorkerTask[]
  readonly #results: Inspected[]
  readonly #hands = new Set<Hand>()
  readonly #resolve: (results: Inspected[]) => void
  readonly #reject: (reason: unknown) => void
  #left: number

  constructor(
    tasks: readonly RootTask[],
    options: PoolOptions,
    resolve: (results: Inspected[]) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#options = options
    this.#queue = tasks.map((task, index) => ({ index, task })).reverse()
    this.#results = new Array(tasks.length)
    this.#left = tasks.length
    this.#resolve = resolve
    this.#reject = reject
  }

  start(): void {
    const { signal, jobs } = this.#options
    const abort = () => this.#end(() => this.#reject(signal.reason))
    signal.addEventListener('abort', abort, { once: true })
    if (signal.aborted) abort()
    else if (this.#left === 0) this.#end(() => this.#resolve(this.#results))
    else while (this.#hands.size < Math.min(jobs, this.#batches())) this.#hire()
  }

  /**
   * About how many batches are still to be given out: a second worker for four small files costs more than it gives, and
   * of a file that was hashed as it came only the structure is read.
   */
  #batches(): number {
    const bytes = this.#queue.reduce((sum, { task }) => sum + weight(task), 0)
    return Math.ceil(Math.max(this.#queue.length / BATCH_FILES, bytes / BATCH_BYTES))
  }

  #hire(): void {
    const worker = engage(this.#options)
    const hand: Hand = { worker, open: [], timer: undefined }
    this.#hands.add(hand)
    worker.on('message', (message: WorkerMessage) => this.#hear(hand, message))
    worker.on('error', (error) => this.#lose(hand, error))
    this.#feed(hand)
  }

  #feed(hand: Hand): void {
    let bytes = hand.open.reduce((sum, { task }) => sum + weight(task), 0)
    while (this.#queue.length > 0 && bytes < BATCH_BYTES && hand.open.length <= BATCH_FILES * (AHEAD - 1)) {
      const batch: WorkerTask[] = []
      while (batch.length < BATCH_FILES && bytes < BATCH_BYTES) {
        const next = this.#queue.pop()
        if (!next) break
        batch.push(next)
        bytes += weight(next.task)
      }
      hand.open.push(...batch)
      hand.worker.postMessage(batch)
    }
    if (!hand.timer) this.#watch(hand)
  }

  #hear(hand: Hand, message: WorkerMessage): void {
    if (message.kind === 'advance') {
      this.#options.progress(message)
      return
    }
    if (message.kind === 'read') {
      void this.#answer(hand, message)
      return
    }
    this.#collect(message.index, message.part)
    if (!message.last) return
    const done = hand.open.shift()
    if (!done) return
    if (done.task.remote !== undefined) this.#options.remote?.close(done.task.remote)
    this.#options.progress({ kind: 'done', path: done.task.display })
    this.#left--
    this.#watch(hand)
    if (this.#left === 0) this.#end(() => this.#resolve(this.#results))
    else this.#feed(hand)
  }

  /** Workers wait for one range at a time; a part of a larger buffer is cut out, for a message carries the whole of it. */
  async #answer(hand: Hand, { file, offset, length }: ReadRequest): Promise<void> {
    const answer: ReadAnswer = await Promise.resolve(this.#options.remote?.read(file, offset, length)).then(
      (bytes) => ({ bytes: (bytes ?? new Uint8Array(0)).slice() }),
      (error: unknown) => ({ trouble: asTrouble(error) }),
    )
    if (this.#hands.has(hand)) hand.worker.postMessage(answer)
  }

  #collect(index: number, part: Inspected): void {
    const held = this.#results[index]
    if (!held) {
      this.#results[index] = part
      return
    }
    for (const artifact of part.artifacts) held.artifacts.push(artifact)
    for (const fact of part.facts) held.facts.push(fact)
    for (const coverage of part.coverage) held.coverage.push(coverage)
  }

  /** A parser that does not come back is ended from outside; the file it was at is incomplete. */
  #watch(hand: Hand): void {
    clearTimeout(hand.timer)
    const { seconds } = this.#options.limits
    const late = () => this.#lose(hand, new FormatError('limit', `limit seconds (${seconds}) reached`))
    hand.timer = hand.open.length > 0 ? setTimeout(late, (seconds + GRACE_SECONDS) * 1000) : undefined
  }

  #lose(hand: Hand, error: unknown): void {
    if (!this.#hands.delete(hand)) return
    clearTimeout(hand.timer)
    hand.worker.terminate().catch((reason: unknown) => this.#end(() => this.#reject(reason)))
    const culprit = hand.open.shift()
    if (culprit) {
      this.#results[culprit.index] = failed(culprit.task, this.#options.limits, ofWorker(error))
      this.#left--
    }
    this.#queue.push(...hand.open.reverse())
    if (this.#left === 0) this.#end(() => this.#resolve(this.#results))
    else if (this.#queue.length > 0) this.#hire()
  }

  #end(settle: () => void): void {
    for (const hand of this.#hands) clearTimeout(hand.timer)
    const ending = [...[...this.#hands].map((hand) => hand.worker), ...spare.map((s) => s.worker)].map(
      (worker) => worker.terminate(),
    )
    this.#hands.clear()
    spare = []
    Promise.all(ending).then(settle, this.#reject)
  }
}

/** Of a remote file no more than its headers is read, as a rule. */
function weight({ size, remote, sha256 }: RootTask): number {
  if (sha256 !== undefined) return 0
  return remote === undefined ? size : Math.min(size, BATCH_BYTES / BATCH_FILES)
}

function asTrouble(error: unknown): Pick<FormatError, 'kind' | 'message' | 'fact'> {
  if (error instanceof FormatError) return { kind: error.kind, message: error.message, fact: error.fact }
  return { kind: 'internal', message: String(error), fact: undefined }
}

function ofWorker(error: unknown): unknown {
  const memory = error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'
  return memory ? new FormatError('limit', 'inspecting it takes more memory than a worker may use') : error
}
