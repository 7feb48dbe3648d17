import { parentPort, workerData } from 'node:worker_threads'
import { ChecksumRun, type Expected } from './checksum.ts'

export interface AsideStart {
  readonly shared: SharedArrayBuffer
  readonly step: number
  readonly expected: readonly Expected[]
}

/** A buffer to look at, or the end of the bytes. */
export type Aside = { readonly turn: number; readonly length: number; readonly offset: number } | 'end'

/** A buffer may be used again; or the places in `expected` of the checksums that did not hold. */
export type AsideMessage = 'free' | { readonly failed: readonly number[] }

const port = parentPort
if (port) {
  const { shared, step, expected }: AsideStart = workerData
  const run = new ChecksumRun(expected.map((e, index) => ({ ...e, index })))
  port.on('message', (message: Aside) => {
    if (message === 'end') {
      port.postMessage({ failed: run.failed().map((e) => e.index) } satisfies AsideMessage)
      return
    }
    run.update(new Uint8Array(shared, message.turn * step, message.length), message.offset)
    port.postMessage('free' satisfies AsideMessage)
  })
}
