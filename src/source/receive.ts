import * as http from 'node:http'
import * as https from 'node:https'
import type { OnReadOpts, Socket } from 'node:net'

/** What becomes of an answer; both say whether to go on. */
export interface Sink {
  head(status: number, headers: Headers): boolean
  /** The chunk is valid until this returns. */
  body(chunk: Uint8Array): boolean
}

const READ = 256 * 1024
const IDLE_MS = 60_000
/** As much as Node's parser takes. */
const HEAD_BYTES = 16 * 1024
const HEAD_END = '\r\n\r\n'

/**
 * GETs `url` once, directly, without redirects or retries, and hands the body on in a buffer that is used again. Resolves
 * when the sink has enough or the body has ended, however early; rejects with the system's error where the connection breaks.
 *
 * Node's own streams allocate every chunk twice: that costs as much as hashing it, and some 200 MiB of garbage. So the socket
 * reads into one buffer. Node's client and parser still do everything up to the body; only a plain body (a length, no
 * transfer coding) goes straight to the sink. What arrives is held against a digest, so a mistake here could not pass.
 */
export function receive(url: URL, headers: Readonly<Record<string, string>>, sink: Sink): Promise<void> {
  return new Promise((resolve, reject) => {
    const reader = new Reader(sink)
    const secure = url.protocol === 'https:'
    // An agent hands its options on to `connect`; its types do not say so.
    const options: http.AgentOptions & { onread: OnReadOpts } = {
      onread: { buffer: Buffer.allocUnsafeSlow(READ), callback: reader.onread },
    }
    const agent = secure ? new https.Agent(options) : new http.Agent(options)
    const request = (secure ? https.get : http.get)(url, { agent, headers, timeout: IDLE_MS })
    const end = (error?: Error) => {
      if (error) reject(error)
      else resolve()
      request.destroy()
    }
    reader.end = end
    request.on('socket', (socket) => {
      reader.socket = socket
    })
    request.on('response', (response) => reader.begin(response))
    request.on('timeout', () => end(trouble('ETIMEDOUT', 'no byte for a minute')))
    request.on('error', end)
    // After an end this changes nothing; without one, the connection went away.
    request.on('close', () => end(trouble('ECONNRESET', 'the connection was closed')))
  })
}

function trouble(code: string, message: string): Error {
  return Object.assign(new Error(message), { code })
}

class Reader {
  socket: Socket | undefined
  end: (error?: Error) => void = () => undefined
  readonly #sink: Sink
  /** Lines before the body that are not whole yet. */
  #lines = Buffer.alloc(0)
  /** Who takes the next bytes: we look for the end of the lines, the parser has a coded body, or the sink a plain one. */
  #turn: 'lines' | 'parser' | 'sink' = 'lines'
  /** Bytes of a plain body still to come. */
  #left = 0

  constructor(sink: Sink) {
    this.#sink = sink
  }

  readonly onread = (length: number, buffer: Uint8Array): boolean => {
    const chunk = Buffer.from(buffer.buffer, buffer.byteOffset, length)
    try {
      if (this.#turn === 'lines') this.#head(chunk)
      else if (this.#turn === 'sink') this.#body(chunk)
      else this.#parse(Buffer.from(chunk))
    } catch (error) {
      // What the sink throws (a full disk) ends the request; thrown from here it would end the process.
      this.end(error instanceof Error ? error : new Error(String(error)))
    }
    return true
  }

  begin(response: http.IncomingMessage): void {
    this.#turn = 'parser'
    const { statusCode = 0, headers } = response
    const plain = headers['transfer-encoding'] === undefined ? headers['content-length'] : undefined
    const list = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
      value === undefined ? [] : [[name, String(value)]],
    )
    if (!this.#sink.head(statusCode, new Headers(list))) this.end()
    else if (plain !== undefined) {
      this.#turn = 'sink'
      this.#left = Number(plain)
      this.#body(Buffer.alloc(0))
    } else {
      response.on('data', (chunk: Buffer) => this.#pass(chunk))
      response.on('end', () => this.end())
      response.on('error', (error) => this.end(error))
    }
  }

  /** Gives the parser everything up to the empty line, so that the body begins where the rest does. */
  #head(chunk: Buffer): void {
    const all = Buffer.concat([this.#lines, chunk])
    const at = all.indexOf(HEAD_END)
    const from = at + HEAD_END.length
    this.#lines = at < 0 ? all : Buffer.alloc(0)
    if (at < 0 && all.length > HEAD_BYTES) this.end(trouble('EPROTO', 'no end of the headers'))
    if (at < 0) return
    this.#parse(all.subarray(0, from))
    // An interim answer (100, 103) is followed by another head.
    if (from < all.length && this.socket?.destroyed === false)
      this.onread(all.length - from, all.subarray(from))
  }

  #parse(bytes: Buffer): void {
    this.socket?.emit('data', bytes)
  }

  #body(chunk: Buffer): void {
    this.#left -= chunk.length
    // More than the length that was announced is not part of the answer.
    this.#pass(this.#left < 0 ? chunk.subarray(0, this.#left) : chunk)
    if (this.#left <= 0) this.end()
  }

  #pass(chunk: Uint8Array): void {
    if (chunk.length > 0 && !this.#sink.body(chunk)) this.end()
  }
}
