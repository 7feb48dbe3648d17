import type { ReadEntry } from 'tar'
import type { Meter } from '../../bytes/meter.ts'
import type { Window } from '../window.ts'
import { BLOCK } from './header.ts'
import { type TarMember, walk } from './walk.ts'

/** What the second reader says of a member. */
export interface Listed {
  readonly path: string
  readonly size: number
}

const ZEROS = Buffer.alloc(1024 * 1024)

/**
 * npm's `tar` as a second, independent reader. It decides for itself where each header is; it is given the true bytes
 * there, and zeros in place of the data, which it does not look at. So a tar of 100 GB costs no more than its headers.
 */
export async function* conformingList(window: Window): AsyncGenerator<Listed> {
  const met: ReadEntry[] = []
  // Not with this module: it takes 50 ms, and most scans meet no tar.
  const { Parser } = await import('tar')
  const parser = new Parser({ strict: false })
  const take = (entry: ReadEntry) => {
    met.push(entry)
    entry.resume()
  }
  parser.on('entry', take)
  parser.on('ignoredEntry', take)
  let isOver = false
  parser.on('eof', () => {
    isOver = true
  })
  for (let at = 0; at < window.size && !isOver; ) {
    const block = await window.at(at, BLOCK)
    parser.write(Buffer.from(block))
    at += block.length
    for (const entry of met.splice(0)) {
      yield { path: entry.path, size: entry.size }
      const length = Math.ceil(entry.size / BLOCK) * BLOCK
      const present = Math.min(length, window.size - at)
      for (let done = 0; done < present; done += ZEROS.length) {
        parser.write(ZEROS.subarray(0, Math.min(ZEROS.length, present - done)))
      }
      at += present
    }
  }
}

export interface Difference {
  readonly how: 'fewer' | 'more' | 'other'
  /** Name of the first member they do not agree on. */
  readonly example: string
}

/** The first member on which our main path and npm's `tar` do not agree. Each reads through a window of its own. */
export async function agreement(ours: Window, theirs: Window, meter: Meter): Promise<Difference | undefined> {
  const list = conformingList(theirs)
  for await (const member of walk(ours, 0)) {
    meter.tick()
    const { value } = await list.next()
    if (!value) return { how: 'fewer', example: member.name }
    if (!same(member, value)) return { how: 'other', example: member.name }
  }
  const more = await list.next()
  return more.value ? { how: 'more', example: more.value.path } : undefined
}

function same(ours: TarMember, theirs: Listed): boolean {
  // Invalid UTF-8 is decoded in different ways, which is no difference between the bytes.
  return ours.size === theirs.size && (ours.name === theirs.path || theirs.path.includes('\ufffd'))
}
