import { Worker } from 'node:worker_threads'
import type { SourceFile } from '../model/lock.ts'
import { UsageError } from '../model/trouble.ts'
import { type Ending, type Landing, landHere, rangeHeaders, refused } from './landing.ts'
import type { Here, LandingNews, LandingOrder } from './landing-worker.ts'

/** Threads that receive, hash and write large files, each as fast as one core does all three. */
export interface Landings extends AsyncDisposable {
  open(
    target: string,
    file: Pick<SourceFile, 'size' | 'sha256'>,
    advance: (bytes: number) => void,
  ): Promise<Landing>
}

/** A smaller file has arrived before a thread has started. */
const LARGE = 8 * 1024 * 1024

/** Up to `count` threads, started when a large file comes. Those that are left end with the signal or the disposal. */
export function openLandings(count: number, signal: AbortSignal | undefined): Landings {
  const threads: Thread[] = []
  let ids = 0
  const least = () => {
    const idle = threads.toSorted((a, b) => a.load - b.load)[0]
    if (idle && (idle.load === 0 || threads.length >= count)) return idle
    const fresh = new Thread(signal)
    threads.push(fresh)
    return fresh
  }
  return {
    async open(target, file, advance) {
      if (file.size < LARGE) return landHere(target, file, advance, signal)
      const far = new FarLanding(least(), ids++, advance)
      await far.open(target, file)
      return far
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(threads.map((thread) => thread[Symbol.asyncDispose]()))
    },
  }
}

type Listener = { readonly hear: (news: LandingNews) => void; readonly fail: (error: unknown) => void }

class Thread implements AsyncDisposable {
  readonly #worker: Worker
  readonly #listeners = new Map<number, Listener>()
  readonly #signal: AbortSignal | undefined
  readonly #abort = () => this.#fail(this.#signal?.reason)

  constructor(signal: AbortSignal | undefined) {
    const name = import.meta.url.endsWith('.ts') ? './landing-worker.ts' : './landing-worker.js'
    this.#worker = new Worker(new URL(name, import.meta.url))
    this.#worker.on('message', (news: LandingNews) => this.#listeners.get(news.id)?.hear(news))
    this.#worker.on('error', (error) => this.#fail(error))
    this.#signal = signal
    signal?.addEventListener('abort', this.#abort)
  }

  /** Files that are arriving. */
  get load(): number {
    return this.#listeners.size
  }

  listen(id: number, listener: Listener): void {
    this.#listeners.set(id, listener)
  }

  order(order: LandingOrder): void {
    this.#worker.postMessage(order)
  }

  forget(id: number): void {
    this.#listeners.delete(id)
    this.order({ id, kind: 'close' })
  }

  #fail(error: unknown): void {
    for (const { fail } of this.#listeners.values()) fail(error)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#signal?.removeEventListener('abort', this.#abort)
    await this.#worker.terminate()
  }
}

type News<K extends LandingNews['kind']> = Extract<LandingNews, { readonly kind: K }>

/** A file that another thread takes. One question is open at a time. */
class FarLanding implements Landing {
  #here: Here = { size: 0, isLocked: false }
  #said = 0
  readonly #thread: Thread
  readonly #id: number
  readonly #advance: (bytes: number) => void
  #heads = Promise.withResolvers<News<'head'>>()
  #heres = Promise.withResolvers<News<'here'>>()

  constructor(thread: Thread, id: number, advance: (bytes: number) => void) {
    this.#thread = thread
    this.#id = id
    this.#advance = advance
    this.#renew()
    thread.listen(id, { hear: (news) => this.#hear(news), fail: (error) => this.#fail(error) })
  }

  get size(): number {
    return this.#here.size
  }

  get isLocked(): boolean {
    return this.#here.isLocked
  }

  async open(target: string, file: Pick<SourceFile, 'size' | 'sha256'>): Promise<void> {
    const { size, sha256 } = file
    this.#thread.order({ id: this.#id, kind: 'open', target, file: { size, sha256 } })
    await this.#heres.promise
  }

  async attempt(
    fetch: Parameters<Landing['attempt']>[0],
    url: string,
    headers: Readonly<Record<string, string>>,
  ): Promise<Ending> {
    const response = await fetch(url, {
      headers: rangeHeaders(this.size, headers),
      via: async (step, fields) => {
        this.#renew()
        this.#thread.order({ id: this.#id, kind: 'get', url: step.href, headers: Object.fromEntries(fields) })
        const head = await this.#heads.promise
        return new Response(null, { status: head.status, headers: head.headers })
      },
    })
    if (!response.ok) return refused(url, response.status) ?? 'ended'
    return (await this.#heres.promise).ending ?? 'ended'
  }

  async restart(): Promise<void> {
    this.#renew()
    this.#thread.order({ id: this.#id, kind: 'restart' })
    await this.#heres.promise
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#thread.forget(this.#id)
  }

  #renew(): void {
    this.#heads = Promise.withResolvers()
    this.#heres = Promise.withResolvers()
    // Whoever waits is told; that nobody waits for this answer is no error.
    this.#heads.promise.catch(() => undefined)
    this.#heres.promise.catch(() => undefined)
  }

  #hear(news: LandingNews): void {
    if (news.kind === 'head') this.#heads.resolve(news)
    else if (news.kind === 'lost') this.#heads.reject(news.why)
    else if (news.kind === 'failed') this.#fail(new UsageError(news.message))
    else {
      const { size } = news.kind === 'at' ? news : news.here
      this.#advance(size - this.#said)
      this.#said = size
      if (news.kind === 'at') return
      this.#here = news.here
      this.#heres.resolve(news)
    }
  }

  #fail(error: unknown): void {
    this.#heads.reject(error)
    this.#heres.reject(error)
  }
}
