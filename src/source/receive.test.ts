import { hash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { hubServer, repository } from '../../fixtures/servers/hub.ts'
import type { SourceFile } from '../model/lock.ts'
import { download } from './download.ts'
import { boundFetch } from './fetch.ts'
import { openLandings } from './landings.ts'
import { receive } from './receive.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

/** A server that says exactly this, however wrong. */
async function raw(say: (socket: Socket) => void): Promise<URL> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => say(socket))
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return new URL(`http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/f`)
}

async function taken(url: URL): Promise<{ status: number; body: string }> {
  const got: Buffer[] = []
  let status = 0
  await receive(
    url,
    {},
    {
      head(code) {
        status = code
        return true
      },
      body(chunk) {
        got.push(Buffer.from(chunk))
        return true
      },
    },
  )
  return { status, body: Buffer.concat(got).toString() }
}

describe('receive', () => {
  it.each<[string, string[], { status: number; body: string }]>([
    ['a plain body', ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'], { status: 200, body: 'hello' }],
    [
      'lines in pieces',
      ['HTTP/1.1 206 P', 'artial\r\nContent-Length: 3\r', '\n\r', '\nab', 'c'],
      { status: 206, body: 'abc' },
    ],
    [
      'an interim answer',
      ['HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'],
      { status: 200, body: 'ok' },
    ],
    [
      'chunks',
      ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n', '2\r\nde\r\n0\r\n\r\n'],
      { status: 200, body: 'abcde' },
    ],
    [
      'more than announced',
      ['HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\n'],
      { status: 200, body: 'ok' },
    ],
    ['an empty body', ['HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'], { status: 200, body: '' }],
  ])('takes %s', async (_, parts, expected) => {
    const url = await raw((socket) => {
      parts.forEach((part, i) => {
        setTimeout(() => socket.write(part), i * 20)
      })
    })
    expect(await taken(url)).toEqual(expected)
  })

  it.each([
    ['a connection that breaks', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhell', /closed|hang up|reset/i],
    ['what is no HTTP', 'hello\r\n\r\n', /parse error/i],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc', /parse error/i],
    [
      'a length and chunks',
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n',
      /parse error/i,
    ],
    ['lines without end', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(40_000)}`, /headers|overflow/i],
  ])('refuses %s', async (_, text, why) => {
    const url = await raw((socket) => socket.end(text))
    await expect(taken(url)).rejects.toThrow(why)
  })
})

describe('a large file', () => {
  const bytes = Buffer.alloc(9 * 1024 * 1024, 7)
  const file: SourceFile = {
    path: 'w.bin',
    size: bytes.length,
    sha256: hash('sha256', bytes, 'hex'),
    origin: 'claimed',
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'weighmaster-landing-'))
  const target = path.join(folder, 'w.bin')
  afterEach(() => rmSync(target, { force: true }))

  async function fetchIt(prepare: (hub: Awaited<ReturnType<typeof hubServer>>) => void, start?: Uint8Array) {
    await using hub = await hubServer([repository('a/b', { 'w.bin': { bytes, lfs: true } })])
    prepare(hub)
    if (start) writeFileSync(target, start)
    const signal = new AbortController().signal
    await using landings = openLandings(1, signal)
    let advanced = 0
    const fetch = boundFetch({ endpoint: hub.endpoint, token: 't', backoffMs: 1 })
    const url = `${hub.endpoint}/a/b/resolve/main/w.bin`
    const settings = { hub: hub.endpoint, folder, width: 1, backoffMs: 1, signal }
    const advance = (n: number) => {
      advanced += n
    }
    const how = await download({ url, fetch }, file, target, settings, advance, landings)
    return { how, advanced, seen: hub.seen, same: readFileSync(target).equals(bytes) }
  }

  it('arrives in a thread of its own, through the redirect, without the token there', async () => {
    const { how, advanced, seen, same } = await fetchIt(() => undefined)
    expect({ how, advanced, same }).toEqual({ how: undefined, advanced: bytes.length, same: true })
    expect(seen.map((s) => [s.server, s.authorization])).toEqual([
      ['hub', 'Bearer t'],
      ['content', undefined],
    ])
  })

  it('goes on by range after lost connections, 429 and an earlier run', async () => {
    const { how, advanced, seen, same } = await fetchIt(
      (hub) => {
        hub.mischief.drop = { after: 3_000_000, times: 2 }
        hub.mischief.refuse = { status: 429, times: 1, retryAfter: '0' }
      },
      bytes.subarray(0, 1000),
    )
    expect({ how, advanced, same }).toEqual({ how: undefined, advanced: bytes.length, same: true })
    const ranges = seen.filter((s) => s.server === 'content').map((s) => s.range)
    expect(ranges[0]).toBe('bytes=1000-')
    expect(ranges.length).toBeGreaterThan(2)
  })

  it('begins anew where the part from an earlier run was of something else', async () => {
    const { how, same } = await fetchIt(() => undefined, Buffer.alloc(1000, 1))
    expect({ how, same }).toEqual({ how: undefined, same: true })
  })

  it.each([
    ['other bytes', { tamper: () => Buffer.alloc(bytes.length, 8) }],
    ['more bytes', { stretch: 10 }],
    ['fewer bytes', { stretch: -10 }],
  ])('that comes with %s is told', async (how, mischief) => {
    expect((await fetchIt((hub) => Object.assign(hub.mischief, mischief))).how).toBe(how)
  })

  it('that finds no room on the disk is one line', async () => {
    await using hub = await hubServer([repository('a/b', { 'w.bin': { bytes, lfs: true } })])
    await using landings = openLandings(1, undefined)
    const remote = {
      url: `${hub.endpoint}/a/b/resolve/main/w.bin`,
      fetch: boundFetch({ endpoint: hub.endpoint }),
    }
    const settings = { hub: hub.endpoint, folder, width: 1 }
    const nowhere = path.join(folder, 'none', 'w.bin')
    const lost = download(remote, file, nowhere, settings, () => undefined, landings)
    await expect(lost).rejects.toThrow(/cannot be written \(ENOENT\)/)
    if (process.platform !== 'linux') return
    // Linux has a device that is always full.
    const full = download(remote, file, '/dev/full', settings, () => undefined)
    await expect(full).rejects.toThrow('/dev/full: no space is left on the disk')
  })
})
