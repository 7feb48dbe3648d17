import type { At, FactDraft } from '../../model/fact.ts'
import type { Polarity, TextRole } from '../../model/text-facts.ts'
import { Lines } from '../syntax/source-text.ts'
import { type CommandLine, commandLines, destinations } from './commands.ts'
import { decodedBlobs } from './encoded.ts'
import { type Concealed, concealed } from './hidden.ts'
import { lookalikes } from './lookalike.ts'
import { type Veil, veils } from './markup.ts'
import { type Hit, passages } from './passages.ts'
import { Reader } from './reader.ts'
import { type Scanned, scan } from './scan.ts'
import { GROUP } from './words.ts'

/** Where a text stands. `at` is stated with every fact; without it facts have lines and columns of the text. */
export interface TextPlace {
  /** Name of the tool, prompt or resource the text belongs to; empty for a file of its own. */
  readonly owner?: string
  /** Path inside it: `description`, `inputSchema.properties.path.title`. */
  readonly field?: string
  readonly at?: At
}

export interface ProsePart {
  readonly text: string
  readonly role: TextRole
  readonly place: TextPlace
}

/** `exhausted`: a bound was reached and the rest not looked at; the caller must say so (damage `limit`). */
export interface Prose {
  readonly facts: readonly FactDraft[]
  readonly exhausted: boolean
}

/** Blobs in blobs: people nest two, and each level is a third smaller. */
const NESTING = 4
const QUOTED = 160
const FACTS = 512

/**
 * What a text says to a model that reads it, and what it hides from people: `text.*` facts (`model/text-facts.ts`).
 * Pure, in time linear in the text; a text without any word or character of interest costs one pass over its units.
 */
export function readProse(text: string, role: TextRole, place: TextPlace = {}): Prose {
  return readTogether([{ text, role, place }])
}

/**
 * The same for texts that one reader sees as one: all strings of one tool. Signals of different parts count together, so
 * that an instruction that is spread over a description and its parameters is still one.
 */
export function readTogether(parts: readonly ProsePart[]): Prose {
  const facts: FactDraft[] = []
  const hits: Hit[] = []
  let [base, exhausted] = [0, false]
  for (const part of parts) {
    const scanned = scan(part.text)
    if (scanned.exhausted) exhausted = true
    if (isPlain(scanned, part.text)) {
      base += part.text.length
      continue
    }
    const reading = new PartReading(part, base, facts, hits)
    reading.read(scanned, part.text, '', 0)
    base += part.text.length
  }
  if (hits.length > 0) facts.push(...passages(hits))
  return { facts: facts.slice(0, FACTS), exhausted: exhausted || facts.length > FACTS }
}

/** Nothing in it is worth a second look. */
function isPlain({ segments, groups, isOdd, hasBlob }: Scanned, text: string): boolean {
  const looked = GROUP.command | GROUP.markup | GROUP.escape | GROUP.rot
  return segments.length === 0 && !isOdd && !hasBlob && (groups & looked) === 0 && !isPadded(text)
}

function isPadded(text: string): boolean {
  return text.length > 200 && (text.includes('\n'.repeat(50)) || text.includes(' '.repeat(200)))
}

/** Everything found in one part, and in what it hides, level by level. */
class PartReading {
  readonly #part: ProsePart
  readonly #base: number
  readonly #facts: FactDraft[]
  readonly #hits: Hit[]
  #lines: Lines | undefined

  constructor(part: ProsePart, base: number, facts: FactDraft[], hits: Hit[]) {
    this.#part = part
    this.#base = base
    this.#facts = facts
    this.#hits = hits
  }

  /** @param hidden technique by which all of `text` was hidden, which then stands at `origin` of the part's text. */
  read(scanned: Scanned, text: string, hidden: string, origin: number, depth = 0): void {
    const isTop = depth === 0
    const place = (at: number) => (isTop ? at : origin)
    const veiled = (scanned.groups & GROUP.markup) !== 0 || isPadded(text) ? veils(text) : []
    const reader = new Reader(text, this.#part.role)
    for (const found of reader.hits(scanned)) {
      const cover = hidden || veilAt(veiled, found.start) || found.disguise
      const polarity: Polarity = cover !== '' && found.polarity === 'reported' ? 'asserted' : found.polarity
      const at = place(found.start)
      const data = { ...this.#where(), hidden: cover, polarity }
      this.#hits.push({
        signal: found.signal,
        data,
        position: this.#base + at,
        at: this.#at(at),
        text: found.text,
      })
    }
    this.#veils(veiled, reader)
    if (scanned.isOdd) this.#concealed(text, place, depth)
    if (scanned.hasBlob || (scanned.groups & (GROUP.escape | GROUP.rot)) !== 0)
      this.#blobs(text, scanned, place, depth)
    if ((scanned.groups & (GROUP.command | GROUP.elsewhere)) !== 0)
      this.#commands(text, reader, hidden, place)
    for (const { word, reads, scripts, start } of lookalikes(text)) {
      this.#state('text.lookalike', { word, reads, scripts }, place(start), word)
    }
  }

  #where(): { role: TextRole; owner: string; field: string } {
    const { role, place } = this.#part
    return { role, owner: place.owner ?? '', field: place.field ?? '' }
  }

  #at(offset: number): At {
    const { place, text } = this.#part
    if (place.at) return place.at
    this.#lines ??= new Lines(text)
    return this.#lines.at(Math.min(offset, text.length))
  }

  #state(kind: string, data: FactDraft['data'], offset: number, text: string): void {
    this.#facts.push({
      kind,
      data: { ...data, ...this.#where() },
      at: this.#at(offset),
      text: text.slice(0, QUOTED),
    })
  }

  /** What markup and padding hide is nothing remarkable by itself; that it speaks to a model is. */
  #veils(veiled: readonly Veil[], reader: Reader): void {
    for (const { technique, start, end } of veiled) {
      const isPadding = technique.startsWith('padding')
      const inside = this.#hits.some(
        (h) =>
          h.data.hidden === technique && h.position >= this.#base + start && h.position <= this.#base + end,
      )
      if (!inside && !isPadding) continue
      const size = end - start
      this.#state(
        'text.hidden',
        { technique, content: inside ? 'instruction' : 'text', size },
        start,
        reader.excerpt(start, end),
      )
    }
  }

  #concealed(text: string, place: (at: number) => number, depth: number): void {
    const sizes = new Map<string, { first: Concealed; size: number; decoded: string }>()
    for (const found of concealed(text)) {
      if (!found.isTelling) continue
      const held = sizes.get(found.technique)
      if (held) {
        held.size += found.size
        held.decoded += found.decoded
      } else sizes.set(found.technique, { first: found, size: found.size, decoded: found.decoded })
    }
    for (const [technique, { first, size, decoded }] of sizes) {
      const before = this.#hits.length
      if (decoded !== '' && depth < NESTING)
        this.read(scan(decoded), decoded, technique, place(first.start), depth + 1)
      const carries = ['tags', 'variation-selectors', 'zero-width'].includes(technique)
      const content =
        this.#hits.length > before ? 'instruction' : decoded !== '' ? 'text' : carries ? 'bytes' : 'nothing'
      this.#state('text.hidden', { technique, content, size }, place(first.start), decoded)
    }
  }

  #blobs(text: string, scanned: Scanned, place: (at: number) => number, depth: number): void {
    if (depth >= NESTING) return
    for (const { via, start, text: inner } of decodedBlobs(text, (scanned.groups & GROUP.rot) !== 0)) {
      const before = this.#hits.length
      const innerScan = scan(inner)
      this.read(innerScan, inner, via, place(start), depth + 1)
      const commands = commandLines(inner)
      const isCommand = commands.length > 0 || /^(?:\/bin\/)?(?:ba|z)?sh -c\b|\b(?:curl|wget) -/.test(inner)
      const isProgram = /\b(?:import os|subprocess|child_process|exec\(|eval\(|require\()/.test(inner)
      const content =
        this.#hits.length > before ? 'instruction' : isCommand ? 'command' : isProgram ? 'program' : 'text'
      if (content !== 'text') this.#state('text.encoded', { via, content }, place(start), inner)
    }
  }

  #commands(text: string, reader: Reader, hidden: string, place: (at: number) => number): void {
    for (const command of commandLines(text)) {
      const polarity = hidden === '' ? reader.commandPolarity(command) : 'asserted'
      const data = { trait: command.trait, polarity, hidden }
      this.#state('text.command', data, place(command.start), text.slice(command.start, command.end))
      if (hidden === '' || polarity !== 'asserted') continue
      this.#hits.push(this.#commandHit(command, text, hidden, place(command.start)))
    }
    for (const { host, class: kind, start, end } of destinations(text)) {
      const polarity = reader.commandPolarity({ start, end })
      const sends = reader.sends(start)
      this.#state(
        'text.destination',
        { host, class: kind, polarity, sends },
        place(start),
        reader.excerpt(start, end),
      )
    }
  }

  #commandHit({ start, end }: CommandLine, text: string, hidden: string, offset: number): Hit {
    const data = { ...this.#where(), hidden, polarity: 'asserted' as const }
    return {
      signal: 'unsafe-run',
      data,
      position: this.#base + offset,
      at: this.#at(offset),
      text: text.slice(start, end),
    }
  }
}

function veilAt(veiled: readonly Veil[], at: number): string {
  // Overlap with the sentence, not only its first character: a comment may begin in the middle of it.
  return veiled.find(({ start, end }) => at >= start - 1 && at < end)?.technique ?? ''
}
