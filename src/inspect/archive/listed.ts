import { type ByteSource, slice } from '../../bytes/source.ts'
import { linkTarget } from '../../codec/names.ts'
import { RangeLedger } from '../../codec/ranges.ts'
import { anonymousName } from '../../model/artifact.ts'
import { type Emission, fact, type InspectContext } from '../inspector.ts'
import { LayoutSurvey, roleOf } from './layout.ts'
import { alike, example, LinkLedger, NameLedger, nameFacts } from './names.ts'

/** A member of an archive that stores its members as they are, or that we cannot decode. */
export interface ListedMember {
  readonly name: string
  /** Where its header is, for findings. */
  readonly at: number
  /** Its content as it lies in the archive. Absent: there is none, or none that we can read. */
  readonly data?: { readonly offset: number; readonly length: number }
  /** Unix mode with the type bits, where the archive has one. */
  readonly mode?: number
  /** Target, where it is a link. */
  readonly link?: { readonly target: string; readonly kind: 'symbolic' | 'hard' }
  readonly isFolder?: boolean
  /** Named by the archive itself (symbol tables): no file that is extracted. */
  readonly isInternal?: boolean
}

const SPECIAL: Readonly<Record<number, string>> = { 1: 'fifo', 2: 'character', 6: 'block', 12: 'socket' }

/**
 * What every archive of named, stored members has in common, whatever its headers look like: names and links that lead
 * elsewhere, duplicates, special files, members that share bytes, and the content of each as a child.
 */
export class MemberList {
  readonly survey = new LayoutSurvey()
  readonly #container: string
  readonly #bytes: ByteSource
  readonly #context: InspectContext
  readonly #ledger = new NameLedger(64)
  readonly #names: string[] = []
  readonly #links = new LinkLedger()
  readonly #ranges = new RangeLedger()
  #charged = 0

  constructor(container: string, bytes: ByteSource, context: InspectContext) {
    this.#container = container
    this.#bytes = bytes
    this.#context = context
  }

  *add(member: ListedMember): Generator<Emission> {
    const { name, at, data } = member
    this.#context.meter.tick()
    this.#context.meter.check('entries', this.#names.length + 1)
    if (!member.isInternal) {
      yield* this.#described(member)
      this.survey.see(member.isFolder ? `${name}/` : name)
    }
    if (!data) return
    this.#ranges.add(data.offset, data.offset + data.length)
    // Members may share bytes: all of them together are worked off at most as often as any bomb may expand.
    this.#charged += data.length
    if (this.#charged > this.#bytes.size) {
      this.#context.meter.expand(data.length)
      this.#context.meter.ratio(this.#charged, this.#bytes.size)
    }
    if (data.length > 0 || !member.isFolder) {
      const child = name === '' ? anonymousName(at) : name
      yield { type: 'child', name: child, bytes: slice(this.#bytes, data.offset, data.length) }
    }
  }

  *#described({ name, at, mode = 0, link, isFolder }: ListedMember): Generator<Emission> {
    const place = { offset: at }
    yield* nameFacts(name, 'member', place)
    const through = this.#links.through(name)
    if (through) yield fact('entry.through-link', { target: through, system: false }, place, example(name))
    const type = SPECIAL[mode >> 12]
    if (type) yield fact('entry.special', { type, system: this.survey.isWholeSystem }, place, example(name))
    const system = this.survey.isSystem
    if (mode >> 12 === 8 && mode & 0o4000)
      yield fact('entry.mode', { bit: 'set-user-id', system }, place, example(name))
    if (mode >> 12 === 8 && mode & 0o2000)
      yield fact('entry.mode', { bit: 'set-group-id', system }, place, example(name))
    if (link) {
      const target = linkTarget(link.target, name, link.kind)
      const text = example(`${name} → ${link.target}`)
      yield fact('entry.link', { link: link.kind, target, system }, place, text)
      yield* nameFacts(link.target, 'link', place)
      if (link.kind === 'symbolic') this.#links.add(name, target)
    }
    const index = this.#names.push(name) - 1
    const held = isFolder ? undefined : this.#ledger.add(name, index)
    const likeness = held === undefined ? undefined : alike(this.#names[held] ?? '', name)
    if (!likeness) return
    const data = { container: this.#container, likeness, role: roleOf(name), same: false }
    yield fact('entry.duplicate', data, place, example(name))
  }

  /** When all members are listed: what the archive is, and which of them share bytes. */
  *end(): Generator<Emission> {
    for (const layout of this.survey.layouts()) yield fact('entry.layout', { layout })
    for (const range of this.#ranges.overlaps()) yield fact('entry.overlap', { with: 'member' }, range)
  }
}
