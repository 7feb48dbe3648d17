import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { HttpSource, type RangeFetch } from './http.ts'

const BYTES = Uint8Array.from({ length: 100_000 }, (_, i) => i % 251)

type Answer = (request: IncomingMessage, response: ServerResponse, from: number, to: number) => void
let close: () => Promise<void> = async () => {}
afterEach(() => close())

/** A file behind a real server that answers as the test says. */
async function served(answer: Answer, most = 1e6, fetcher: RangeFetch = fetch) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    const range = request.headers.range ?? ''
    asked.push(range)
    const [, from = 0, to = 0] = /^bytes=(\d+)-(\d+)$/.exec(range) ?? []
    answer(request, response, Number(from), Number(to))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  close = async () => {
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
  }
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/file`
  const gate = <T>(run: () => Promise<T>) => run()
  return { asked, url, source: new HttpSource({ url, fetch: fetcher, size: BYTES.length, most, gate }) }
}

const part = (from: number, to: number) => ({ 'content-range': `bytes ${from}-${to}/${BYTES.length}` })
const honest: Answer = (_, response, from, to) => {
  response.writeHead(206, { ...part(from, to), etag: '"a"' }).end(BYTES.subarray(from, to + 1))
}

describe('a file by ranges', () => {
  it('is fetched once, whatever is read how often', async () => {
    const { source, asked } = await served(honest)
    await source.prime([
      [0, 2000],
      [99_000, 1000],
    ])
    expect(await source.read(99_500, 1000)).toEqual(BYTES.subarray(99_500))
    expect(await source.read(1500, 1000)).toEqual(BYTES.subarray(1500, 2500))
    expect(await source.read(0, 3000)).toEqual(BYTES.subarray(0, 3000))
    expect(asked).toEqual(['bytes=0-1999', 'bytes=99000-99999', 'bytes=2000-3023'])
    expect(source.fetched).toBe(4024)
  })

  it('is read ahead for a reader that goes on', async () => {
    const { source, asked } = await served(honest)
    for (let at = 0; at < 50_000; at += 500) await source.read(at, 500)
    expect(asked.length).toBeLessThan(8)
  })

  it('is asked for by ranges of one file only', async () => {
    const seen: (string | undefined)[] = []
    const { source } = await served((request, response, from, to) => {
      seen.push(request.headers['if-range']?.toString())
      honest(request, response, from, to)
    })
    await source.read(0, 10)
    await source.read(50_000, 10)
    expect(seen).toEqual([undefined, '"a"'])
  })

  it('is asked at its first address again where a signed one has run out', async () => {
    let signed = 0
    const { source } = await served((request, response, from, to) => {
      if (request.url === '/file') response.writeHead(302, { location: '/signed' }).end()
      else if (++signed === 2) response.writeHead(403).end()
      else honest(request, response, from, to)
    })
    await source.read(0, 10)
    expect(await source.read(50_000, 10)).toEqual(BYTES.subarray(50_000, 50_010))
    expect(signed).toBe(3)
  })

  it('is no more than may be fetched', async () => {
    const { source } = await served(honest, 5000)
    await source.read(0, 4000)
    await expect(source.read(10_000, 2000)).rejects.toThrow(/limit remoteBytes \(5000\).*--full/)
  })
})

const LIES: [string, string, Answer][] = [
  ['the whole file', 'no-range', (_, response) => response.writeHead(200).end(BYTES)],
  ['another range', 'other-range', (q, response, from, to) => honest(q, response, from + 1, to + 1)],
  [
    'no range at all',
    'other-range',
    (_, response, from, to) => response.writeHead(206).end(BYTES.subarray(from, to + 1)),
  ],
  [
    'another size',
    'other-size',
    (_, response, from, to) =>
      response
        .writeHead(206, { 'content-range': `bytes ${from}-${to}/100001` })
        .end(BYTES.subarray(from, to + 1)),
  ],
  [
    'too little',
    'short',
    (_, response, from, to) => response.writeHead(206, part(from, to)).end(BYTES.subarray(from, to)),
  ],
  [
    'too much',
    'more',
    (_, response, from, to) => response.writeHead(206, part(from, to)).end(BYTES.subarray(from, to + 2)),
  ],
  [
    'it compressed',
    'encoded',
    (_, response, from, to) =>
      response.writeHead(206, { ...part(from, to), 'content-encoding': 'br' }).end('x'),
  ],
]

describe('a server', () => {
  it.each(LIES)('that sends %s gives an error and never bytes', async (_, how, answer) => {
    const { source } = await served(answer)
    const reading = source.read(100, 2000)
    await expect(reading).rejects.toMatchObject({ kind: 'unreadable', fact: { data: { how } } })
    await expect(source.read(0, 10)).rejects.toMatchObject({ fact: { data: { how } } })
  })

  it('that has another file a moment later is not believed again', async () => {
    let n = 0
    const { source } = await served((_, response, from, to) => {
      response.writeHead(206, { ...part(from, to), etag: `"${n++}"` }).end(BYTES.subarray(from, to + 1))
    })
    await source.read(0, 10)
    await expect(source.read(50_000, 10)).rejects.toMatchObject({ fact: { data: { how: 'changed' } } })
  })
})
