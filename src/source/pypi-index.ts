import { readJson } from '../codec/json.ts'
import type { Json, JsonObject } from '../model/fact.ts'
import { DEFAULT_LIMITS } from '../model/limits.ts'
import { FormatError } from '../model/trouble.ts'
import { SourceError } from './trouble.ts'

/** A file as a page of an index lists it. */
export interface IndexFile {
  readonly filename: string
  readonly url: string
  readonly sha256?: string
  readonly size?: number
  readonly yanked: boolean
  /** SHA-256 of the metadata file beside it, empty where only its presence is said (PEP 658). */
  readonly metadata?: string
  /** Where its attestations are (PEP 740). */
  readonly provenance?: string
}

const HEX = /^[0-9a-f]{64}$/

/** Reads a project page: JSON (PEP 691) or HTML (PEP 503). `base` is where it came from in the end. */
export function simplePage(bytes: Uint8Array, type: string, base: string): IndexFile[] {
  return /\bjson\b/.test(type) ? jsonPage(bytes, base) : htmlPage(Buffer.from(bytes).toString('utf8'), base)
}

function jsonPage(bytes: Uint8Array, base: string): IndexFile[] {
  const { files, meta } = object(parse(bytes, base))
  const version = object(meta)['api-version']
  if (typeof version !== 'string' || !version.startsWith('1.') || !Array.isArray(files))
    throw new SourceError('untrusted', `${base} is no page of a package index of version 1`)
  return files.flatMap((item) => {
    const file = object(item)
    const { filename, url, size, yanked, provenance } = file
    if (typeof filename !== 'string' || typeof url !== 'string') return []
    const metadata = file['core-metadata'] ?? file['dist-info-metadata']
    const beside = typeof metadata === 'object' ? object(metadata).sha256 : metadata === true ? '' : undefined
    return [
      {
        filename,
        url: address(url, base),
        ...sha256Of(object(file.hashes).sha256),
        ...(typeof size === 'number' && Number.isSafeInteger(size) && size >= 0 ? { size } : {}),
        yanked: yanked !== undefined && yanked !== false,
        ...(typeof beside === 'string' ? { metadata: beside } : {}),
        ...provenanceOf(provenance, base),
      },
    ]
  })
}

/** Anchors only, as the specification has them; what else a page says is for people. */
function htmlPage(text: string, base: string): IndexFile[] {
  return [...text.matchAll(/<a\s([^>]{1,4000})>([^<]{1,500})<\/a>/gi)].flatMap(
    ([, attributes = '', label = '']) => {
      const value = (name: string) => {
        const found = new RegExp(`(?:^|\\s)${name}(?:\\s*=\\s*(?:"([^"]*)"|'([^']*)'))?(?=\\s|$)`, 'i').exec(
          attributes,
        )
        return found ? unescaped(found[1] ?? found[2] ?? '') : undefined
      }
      const href = value('href')
      if (href === undefined) return []
      const url = new URL(address(href, base))
      const sha256 = /^#sha256=([0-9a-f]{64})$/.exec(url.hash)?.[1]
      url.hash = ''
      const beside = value('data-core-metadata') ?? value('data-dist-info-metadata')
      const metadata =
        beside === undefined ? {} : { metadata: /^sha256=([0-9a-f]{64})$/.exec(beside)?.[1] ?? '' }
      return [
        {
          filename: unescaped(label.trim()),
          url: url.href,
          ...sha256Of(sha256),
          yanked: value('data-yanked') !== undefined,
          ...metadata,
          ...provenanceOf(value('data-provenance'), base),
        },
      ]
    },
  )
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }

function unescaped(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => ENTITIES[name] ?? '')
}

function sha256Of(value: unknown): { sha256?: string } {
  return typeof value === 'string' && HEX.test(value) ? { sha256: value } : {}
}

function provenanceOf(value: unknown, base: string): { provenance?: string } {
  return typeof value === 'string' && value !== '' ? { provenance: address(value, base) } : {}
}

function address(text: string, base: string): string {
  const url = URL.canParse(text, base) ? new URL(text, base) : undefined
  const secure = url?.protocol === 'https:' || (url?.protocol === 'http:' && base.startsWith('http:'))
  if (!url || !secure || url.username || url.password)
    throw new SourceError('untrusted', `${base}: lists a file at no https address`)
  return url.href
}

/** Project and version in the name of a wheel (PEP 427) or sdist (PEP 625, and what was written before it). */
export function distributionOf(filename: string): { name: string; version: string } | undefined {
  if (filename.endsWith('.whl')) {
    const [name = '', version = '', ...tags] = filename.slice(0, -'.whl'.length).split('-')
    return tags.length >= 3 ? { name, version } : undefined
  }
  const stem = /^(.+)\.(?:tar\.gz|zip|tar\.bz2|tgz)$/.exec(filename)?.[1]
  const cut = stem?.lastIndexOf('-') ?? -1
  return stem === undefined || cut < 1
    ? undefined
    : { name: stem.slice(0, cut), version: stem.slice(cut + 1) }
}

/** Do two versions mean the same (PEP 440, Normalization)? `1.0`, `v1.0.0` and `1` do. */
export function sameVersion(a: string, b: string): boolean {
  return normalVersion(a) === normalVersion(b)
}

const STAGES: Readonly<Record<string, string>> = { alpha: 'a', beta: 'b', c: 'rc', pre: 'rc', preview: 'rc' }

function normalVersion(version: string): string {
  const [, epoch = '0', release = '', rest = ''] =
    /^v?(?:(\d+)!)?(\d+(?:\.\d+)*)(.*)$/.exec(version.trim().toLowerCase().replaceAll('_', '-')) ?? []
  const [own = '', local] = rest.split('+')
  const numbers = release.split('.').map(Number)
  while (numbers.length > 1 && numbers.at(-1) === 0) numbers.pop()
  const stages = own
    .replace(/^-(\d+)$/, 'post$1')
    .replace(/[.-]/g, '')
    .replace(/(alpha|beta|preview|pre|c)(?=\d|$)/g, (stage, _: string, at: number, all: string) =>
      stage === 'c' && all[at - 1] === 'r' ? 'c' : (STAGES[stage] ?? stage),
    )
    .replace(/(?:rev|r)(?=\d|$)/g, 'post')
    .replace(/(a|b|rc|post|dev)(?=[a-z]|$)/g, '$10')
  const tail = local === undefined ? '' : `+${local.replaceAll('-', '.')}`
  return `${Number(epoch)}!${numbers.join('.')}${stages}${tail}`
}

function parse(bytes: Uint8Array, url: string): Json {
  try {
    return readJson(bytes, DEFAULT_LIMITS).value
  } catch (error) {
    if (error instanceof FormatError)
      throw new SourceError('untrusted', `${url} is no page of a package index (${error.message})`)
    throw error
  }
}

function object(json: Json | undefined): JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json) ? (json as JsonObject) : {}
}
