import { hash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { concat, fill, hex } from '../../fixtures/assemble/bytes.ts'
import { safetensors, storage, torchMembers, torchPickle } from '../../fixtures/assemble/model.ts'
import { call, POP, pickle, push } from '../../fixtures/assemble/pickle.ts'
import { zip } from '../../fixtures/assemble/zip.ts'
import { type HubServer, hubServer, repository } from '../../fixtures/servers/hub.ts'
import { servedSparse, sparseSafetensors, sparseTorch } from '../../fixtures/servers/sparse.ts'
import type { Report } from '../model/report.ts'
import type { ScanOptions } from './options.ts'
import { scan } from './scan.ts'

const MIB = 1024 * 1024
const INERT = call('posix system', 'echo inert')
const sha256 = (name: string) => hash('sha256', name, 'hex')
const large = (name: string) => servedSparse(sparseSafetensors(['w'], 300 * MIB), sha256(name))

let hub: HubServer
beforeEach(async () => {
  hub = await hubServer([])
})
afterEach(() => hub[Symbol.asyncDispose]())

/** Scans a repository of these files by ranges, in this thread unless told otherwise. */
async function look(
  files: Parameters<typeof repository>[1],
  options: ScanOptions = {},
  token?: string,
): Promise<Report> {
  hub.repositories.splice(0, Infinity, repository('a/b', files))
  const sources = { hub: hub.endpoint, hubToken: token, folder: '.', width: 4, backoffMs: 1 }
  return scan(['hf:a/b'], { jobs: 0, ...options, sources: { ...sources, ...options.sources } })
}

const rules = (report: Report) => report.findings.map(({ rule }) => rule)
const file = (report: Report, name: string) => report.artifacts.find((a) => a.name === name)
const messages = (report: Report) =>
  report.facts.filter(({ kind }) => kind.startsWith('parse.')).map(({ data }) => data.message)

describe('a look by ranges', () => {
  it.each([0, 2])('judges headers and says what it left (%i workers)', async (jobs) => {
    const report = await look({ 'model.safetensors': large('x'), 'config.json': '{}' }, { jobs })
    expect(report.verdict.outcome).toBe('pass')
    expect(hub.sent).toBeLessThan(100_000)
    expect(report.remote?.fetched).toBe(hub.sent)
    expect((report.remote?.fetched ?? 0) + (report.remote?.unfetched ?? 0)).toBeGreaterThan(300 * MIB)
    const shard = file(report, 'model.safetensors')
    expect(shard?.digests).toEqual([{ algorithm: 'sha256', hex: sha256('x'), origin: 'claimed' }])
    expect(report.coverage.find((c) => c.artifact === shard?.id)).toMatchObject({
      state: 'full',
      unfetched: expect.any(Number),
    })
  })

  it('hashes what it fetches whole', async () => {
    const report = await look({ 'config.json': '{}', 'm.safetensors': { bytes: tiny(), lfs: true } })
    expect(file(report, 'config.json')?.digests).toMatchObject([{ hex: sha256('{}'), origin: 'computed' }])
    expect(file(report, 'm.safetensors')?.digests).toMatchObject([{ origin: 'computed' }])
    expect(report.remote?.unfetched).toBe(0)
  })

  it('finds the call in the pickle of a torch archive of 600 MB with less than 100 kB', async () => {
    const archive = servedSparse(sparseTorch(300, 500_000, [INERT]), sha256('t'))
    const report = await look({ 'pytorch_model.bin': archive })
    expect(rules(report)).toContain('pickle/sink-called')
    expect(hub.sent).toBeLessThan(100_000)
    expect(report.artifacts.filter((a) => a.formats.includes('torch-storage'))).toHaveLength(300)
  })

  it('says the same of a torch archive as a look at all of it', async () => {
    const bytes = bodyOf(sparseTorch(40, 20_000, [INERT]))
    const [part, full] = [
      await look({ 'm.bin': { bytes, lfs: true } }),
      await look({ 'm.bin': { bytes, lfs: true } }, { full: true }),
    ]
    expect(part.remote?.unfetched).toBeGreaterThan(bytes.length / 2)
    expect(full.remote).toBeUndefined()
    expect(rules(part)).toEqual(rules(full))
    const inside = ({ artifacts }: Report) => artifacts.slice(1).map(({ name, size }) => [name, size])
    expect(inside(part)).toEqual(inside(full))
  })

  it('fetches what lies between members', async () => {
    const [pkl, order, data, version] = torchMembers(torchPickle(1, 100_000))
    if (!pkl || !order || !data || !version) throw new Error('four members')
    const hidden = { name: 'x.pkl', data: torchPickle(0, 0, INERT), central: false } as const
    const bytes = zip([pkl, order, { ...data, data: fill(400_000) }, hidden, version])
    const report = await look({ 'm.bin': { bytes, lfs: true } })
    const whole = await look({ 'm.bin': { bytes, lfs: true } }, { full: true })
    expect(rules(report)).toContain('pickle/sink-called')
    expect(rules(report)).toEqual(rules(whole))
  })

  it('does not look at the numbers of a tensor, and says so; --full does', async () => {
    const program = hex('7f454c46 020101 00 0000000000000000 0200 3e00 01000000')
    const header = concat(program, fill(28), hex('4000 3800 0000 4000 0000 0000'))
    const [pkl, order, data, version] = torchMembers(pickle(2, storage('0', 100_000)))
    if (!pkl || !order || !data || !version) throw new Error('four members')
    const bytes = zip([pkl, order, { ...data, data: concat(header, fill(400_000 - header.length)) }, version])
    const report = await look({ 'm.bin': { bytes, lfs: true } })
    expect(report.verdict.outcome).toBe('pass')
    expect(report.remote?.unfetched).toBeGreaterThan(300_000)
    const full = await look({ 'm.bin': { bytes, lfs: true } }, { full: true })
    expect(rules(full)).toContain('content/disguised')
  })

  it('is incomplete where more is needed than may be fetched, and names the way out', async () => {
    const bytes = pickle(2, push('a'.repeat(MIB)), POP(), call('posix system', 'echo inert'))
    const report = await look({ 'm.pkl': { bytes, lfs: true } }, { limits: { remoteBytes: 300_000 } })
    expect(report.verdict.outcome).toBe('incomplete')
    expect(messages(report).join()).toMatch(/remoteBytes.*--full/)
  })
})

describe('a server that does not answer as asked', () => {
  const cases = [
    ['sends everything', { ignoreRange: true }, 'remote/no-ranges', 'incomplete'],
    ['has another file each time', { changeEtag: true }, 'remote/untrusted-answer', 'fail'],
    ['has more than it lists', { stretch: 7 }, 'remote/untrusted-answer', 'fail'],
  ] as const
  it.each(cases)('that %s gives a finding and no verdict', async (_, mischief, rule, outcome) => {
    Object.assign(hub.mischief, mischief)
    const torch = bodyOf(sparseTorch(40, 20_000))
    const report = await look({ 'm.bin': { bytes: torch, lfs: true } })
    expect(rules(report)).toContain(rule)
    expect(report.verdict.outcome).toBe(outcome)
    expect(report.coverage.filter((c) => c.why?.includes('unreadable'))).not.toEqual([])
  })

  it('that sends other bytes than it lists is found where a file is fetched whole', async () => {
    hub.mischief.tamper = (_, bytes) => Uint8Array.from([...bytes.subarray(0, -1), 7])
    const report = await look({ 'm.safetensors': { bytes: tiny(), lfs: true } })
    expect(rules(report)).toContain('remote/untrusted-answer')
    expect(report.verdict.outcome).toBe('fail')
  })

  it('that breaks off is asked again', async () => {
    hub.mischief.drop = { after: 1000, times: 2 }
    const report = await look({ 'model.safetensors': large('x') })
    expect(report.verdict.outcome).toBe('pass')
  })

  it('never gets the token of the hub', async () => {
    await look({ 'model.safetensors': large('x') }, {}, 'hf_secret')
    const content = hub.seen.filter(({ server }) => server === 'content')
    expect(content.length).toBeGreaterThan(0)
    expect(content.filter(({ authorization }) => authorization !== undefined)).toEqual([])
    expect(hub.seen[0]?.authorization).toBe('Bearer hf_secret')
  })
})

function tiny(): Uint8Array {
  return safetensors('{"w":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}', fill(4))
}

function bodyOf(sparse: Parameters<typeof servedSparse>[0]): Uint8Array {
  return servedSparse(sparse, sha256('')).bytes.subarray(0, sparse.size)
}
