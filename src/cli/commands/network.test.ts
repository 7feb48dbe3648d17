import type { ChildProcess } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { describe, expect, it } from 'vitest'
import { repository } from '../../../fixtures/servers/hub.ts'
import { proxyServer } from '../../../fixtures/servers/proxy.ts'
import { at, hub, project, WEIGHTS } from '../../../fixtures/servers/served-project.ts'
import { safetensors } from '../testing/project.ts'
import { weighmaster } from '../testing/run.ts'

const weights = () => readFileSync(at('models/acme/tiny/model.safetensors'))

describe('pull and the network', () => {
  it('goes on in the next run where the last one was cut off', async () => {
    project.write('weighmaster.yaml', 'models: [hf:acme/tiny]')
    await project.run('lock')
    hub.mischief.drop = { after: 60_000, times: 1 }
    hub.mischief.tamper = (file, bytes) => {
      // The weights begin to flow once; then the hub knows nobody any more.
      if (file === 'model.safetensors') hub.mischief.refuse = { status: 403, times: 1000 }
      return bytes
    }
    expect(await project.run('pull')).toMatchObject({ code: 4 })
    expect(existsSync(at('models/acme/tiny'))).toBe(false)
    delete hub.mischief.tamper
    delete hub.mischief.refuse
    hub.seen.length = 0
    expect(await project.run('pull')).toMatchObject({ code: 0 })
    expect(hub.seen.map(({ range }) => range)).toContain('bytes=60000-')
    expect(weights().equals(WEIGHTS)).toBe(true)
  }, 60_000)

  it('ends at once when interrupted, in threads too, and goes on from there', async () => {
    const large = safetensors(3_000_000)
    hub.repositories.push(repository('acme/large', { 'model.safetensors': { bytes: large, lfs: true } }))
    project.write('weighmaster.yaml', 'models: [hf:acme/large]')
    const run = (command: string, onStart?: (child: ChildProcess) => void) =>
      weighmaster([command], { cwd: project.folder, env: project.env, ...(onStart ? { onStart } : {}) })
    expect(await run('lock')).toMatchObject({ code: 0 })
    let child: ChildProcess | undefined
    // Long enough for the thread to have written what came.
    const then = () => setTimeout(() => child?.kill('SIGINT'), 300)
    hub.mischief.stall = { after: 4_000_000, times: 1, then }
    const stopped = await run('pull', (started) => {
      child = started
    })
    expect(stopped.code === 130 || stopped.signal === 'SIGINT').toBe(true)
    expect(existsSync(at('models/acme/large'))).toBe(false)
    hub.seen.length = 0
    expect(await run('pull')).toMatchObject({ code: 0 })
    expect(hub.seen.map(({ range }) => range)).toContain('bytes=4000000-')
    expect(readFileSync(at('models/acme/large/model.safetensors')).equals(large)).toBe(true)
  }, 90_000)

  it('takes a file of chunk storage through the hub, and asks nobody that a header names', async () => {
    const asked: string[] = []
    const stranger = createServer((request, response) => {
      asked.push(`${request.url} ${request.headers.authorization}`)
      response.end('{}')
    })
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve))
    const address = stranger.address()
    hub.mischief.xet = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
    project.env.HF_TOKEN = 'secret-token'
    project.write('weighmaster.yaml', 'models: [hf:acme/tiny]')
    await project.run('lock')
    expect(await project.run('pull')).toMatchObject({ code: 0 })
    stranger.close()
    expect(asked).toEqual([])
    expect(weights().equals(WEIGHTS)).toBe(true)
  })

  it('reads the token that the hub’s own clients keep, and gates open for it', async () => {
    delete project.env.HF_TOKEN
    project.write('.hf/token', 'file-token\n')
    hub.mischief.token = 'file-token'
    const [tiny] = hub.repositories
    if (tiny) Object.assign(tiny, { gated: 'manual', private: true })
    project.write('weighmaster.yaml', 'models: [hf:acme/tiny]')
    const before = process.env.HF_TOKEN
    delete process.env.HF_TOKEN
    try {
      expect(await project.run('lock')).toMatchObject({ code: 0 })
    } finally {
      if (before !== undefined) process.env.HF_TOKEN = before
    }
    expect(project.read('weighmaster.lock')).toContain('"gated":"manual"')
    project.write('.hf/token', 'two\nlines\n')
    expect(await project.run('lock', '--update')).toMatchObject({ code: 4, stdout: '' })
  })

  it('says in one line where it cannot write', async () => {
    project.write('weighmaster.yaml', 'models: [hf:acme/second]')
    await project.run('lock')
    project.write('artifacts', 'a file, where a folder should be')
    const ran = await project.run('pull')
    expect(ran).toMatchObject({ code: 4, stdout: '' })
    expect(ran.stderr).toMatch(
      /^weighmaster: artifacts\/models\/acme\/second: a file stands where a folder should be\n$/,
    )
  })

  it('goes through a proxy where one is set, and around it where NO_PROXY says so', async () => {
    await using proxy = await proxyServer()
    project.write('weighmaster.yaml', 'models: [hf:acme/tiny]')
    const run = (command: string, more: Record<string, string> = {}) =>
      weighmaster([command], {
        cwd: project.folder,
        env: {
          ...project.env,
          HTTP_PROXY: proxy.endpoint,
          HTTPS_PROXY: proxy.endpoint,
          NO_PROXY: '',
          ...more,
        },
      })
    expect(await run('lock')).toMatchObject({ code: 0 })
    expect(await run('pull')).toMatchObject({ code: 0 })
    const hosts = [new URL(hub.endpoint).host, 'localhost']
    for (const host of hosts) expect(proxy.seen.some((line) => line.includes(host))).toBe(true)
    expect(weights().equals(WEIGHTS)).toBe(true)

    proxy.seen.length = 0
    expect(await run('outdated', { NO_PROXY: '127.0.0.1' })).toMatchObject({ code: 0 })
    expect(proxy.seen).toEqual([])

    // What is asked over TLS goes through a tunnel, by name: the proxy resolves it.
    const lost = await run('outdated', { HF_ENDPOINT: 'https://hub.invalid' })
    expect(lost).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/^weighmaster: https:\/\/hub\.invalid cannot be reached/),
    })
    expect(new Set(proxy.seen)).toEqual(new Set(['CONNECT hub.invalid:443']))
  }, 90_000)
})
