import { hash } from 'node:crypto'
import type { Digest } from './digest.ts'

/** Where an artifact is: a root file or folder as the user would type it, then the members that lead inside. */
export interface Locator {
  readonly root: string
  readonly members: readonly string[]
}

/** Anything that gets an outcome of its own: a target folder, a file, an archive member, an embedded stream. */
export interface Artifact {
  /** First 16 hex digits of the SHA-256 of the locator's JSON. */
  readonly id: string
  readonly parent?: string
  readonly locator: Locator
  /** The last path segment, as a loader would see it; not escaped. */
  readonly name: string
  /** Bytes; absent for folders and for streams whose length is not known. */
  readonly size?: number
  /** Inspector ids that claimed it, strongest first; empty where nothing did. */
  readonly formats: readonly string[]
  readonly digests: readonly Digest[]
}

export function artifactId(locator: Locator): string {
  return hash('sha256', JSON.stringify([locator.root, ...locator.members]), 'hex').slice(0, 16)
}

/**
 * The one way a place is written for people and reports: root and members joined by `!/`, with `%`, control and
 * bidi characters and a literal `!/` percent-encoded (contracts: "Names and places"). No output can be forged by a name.
 */
export function displayPath(locator: Locator): string {
  return [locator.root, ...locator.members].map(escapeSegment).join('!/')
}

/** The place that `displayPath` wrote. A stray `%` that is no escape of ours stays as it is. */
export function locatorOf(display: string): Locator {
  const [root = '', ...members] = display.split('!/').map(unescapeSegment)
  return { root, members }
}

function unescapeSegment(segment: string): string {
  return segment.replace(/(?:%[0-9A-F]{2})+/g, (run) => {
    const bytes = run
      .slice(1)
      .split('%')
      .map((hex) => Number.parseInt(hex, 16))
    return new TextDecoder().decode(Uint8Array.from(bytes))
  })
}

// Controls (C0, DEL, C1), format characters (bidi, zero-width, tags, BOM), line separators, unpaired surrogates.
const UNSAFE = /[%\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]|!(?=\/)/gu

function escapeSegment(segment: string): string {
  return segment.replace(UNSAFE, (c) =>
    [...new TextEncoder().encode(c)].map((b) => `%${b.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  )
}

/** Name for a child that is no file: `@` and its hex offset, or `@` and a key. */
export function anonymousName(place: number | string): string {
  return `@${typeof place === 'number' ? place.toString(16) : place}`
}
