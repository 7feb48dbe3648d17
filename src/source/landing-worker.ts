import { parentPort } from 'node:worker_threads'
import type { SourceFile } from '../model/lock.ts'
import { Arrival } from './arrival.ts'
import type { Ending } from './landing.ts'
import { receive } from './receive.ts'
import { diskTrouble } from './trouble.ts'

/** What the thread is told; every message is about one file. */
export type LandingOrder =
  | { readonly id: number; readonly kind: 'open'; readonly target: string; readonly file: Expected }
  | { readonly id: number; readonly kind: 'get'; readonly url: string; readonly headers: Plain }
  | { readonly id: number; readonly kind: 'restart' | 'close' }

type Expected = Pick<SourceFile, 'size' | 'sha256'>
type Plain = Readonly<Record<string, string>>

/** What it says. `here` answers `open` and `restart`, and ends a body; `head` or `lost` answers `get`. */
export type LandingNews =
  | { readonly id: number; readonly kind: 'here'; readonly here: Here; readonly ending?: Ending }
  | { readonly id: number; readonly kind: 'head'; readonly status: number; readonly headers: Plain }
  | { readonly id: number; readonly kind: 'lost'; readonly why: Error }
  | { readonly id: number; readonly kind: 'at'; readonly size: number }
  /** The disk; the message is for the person. */
  | { readonly id: number; readonly kind: 'failed'; readonly message: string }

export interface Here {
  readonly size: number
  readonly isLocked: boolean
}

/** Bytes between two messages about progress. */
const STEP = 8 * 1024 * 1024

const port = parentPort
if (port) {
  const tell = (news: LandingNews) => port.postMessage(news)
  const files = new Map<number, { readonly arrival: Arrival; readonly target: string }>()
  const here = ({ size, isLocked }: Arrival): Here => ({ size, isLocked })

  const get = async (id: number, url: string, headers: Plain) => {
    const file = files.get(id)
    if (!file) return
    const { arrival, target } = file
    let [ending, said, body]: [Ending, number, boolean] = ['ended', arrival.size, false]
    try {
      await receive(new URL(url), headers, {
        head(status, fields) {
          const isBody = status >= 200 && status < 300
          const fit = isBody ? arrival.fit(status, fields) : undefined
          body = isBody
          if (fit !== undefined && fit !== 'fits') ending = fit
          tell({ id, kind: 'head', status, headers: Object.fromEntries(fields) })
          return fit === 'fits'
        },
        body(chunk) {
          try {
            if (!arrival.take(chunk)) ending = 'more bytes'
          } catch (error) {
            throw diskTrouble(target, error)
          }
          if (arrival.size - said >= STEP) {
            said = arrival.size
            tell({ id, kind: 'at', size: said })
          }
          return ending === 'ended'
        },
      })
    } catch (error) {
      const why = error instanceof Error ? error : new Error(String(error))
      if (why.name === 'UsageError') return tell({ id, kind: 'failed', message: why.message })
      if (!body) return tell({ id, kind: 'lost', why })
      ending = why
    }
    if (body) tell({ id, kind: 'here', here: here(arrival), ending })
  }

  const obey = async (order: LandingOrder) => {
    const { id } = order
    if (order.kind === 'open') {
      const arrival = new Arrival(order.target, order.file)
      files.set(id, { arrival, target: order.target })
      return tell({ id, kind: 'here', here: here(arrival) })
    }
    if (order.kind === 'get') return get(id, order.url, order.headers)
    const file = files.get(id)
    if (order.kind === 'restart' && file) {
      file.arrival.restart()
      tell({ id, kind: 'here', here: here(file.arrival) })
    } else if (file) {
      files.delete(id)
      file.arrival[Symbol.dispose]()
    }
  }

  port.on('message', (order: LandingOrder) => {
    obey(order).catch((error: unknown) => {
      const target = order.kind === 'open' ? order.target : (files.get(order.id)?.target ?? '')
      tell({ id: order.id, kind: 'failed', message: diskTrouble(target, error).message })
    })
  })
}
