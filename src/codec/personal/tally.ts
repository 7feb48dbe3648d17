import type { FactDraft, Location } from '../../model/fact.ts'
import { findPersonal, type Personal, type PersonalKind } from './find.ts'

const SHOWN = 3

interface Count {
  valid: number
  candidates: number
  readonly locations: Location[]
}

/**
 * Counts personal data over the pieces of one text or column. One random number in ten passes the check of a card, so a
 * column of order numbers looks like cards now and then: what is stated is a kind of which at least half of all candidates
 * hold.
 */
export class PersonalTally {
  readonly #counts = new Map<PersonalKind, Count>()

  /** @param isOwn does what begins here belong to this piece? @param place where it stands, for the few that are shown. */
  read(
    text: string,
    isOwn: (start: number) => boolean,
    place: (start: number) => Location,
    bytes?: Uint8Array,
  ): void {
    const take = ({ kind, valid, start, masked }: Personal) => {
      if (!isOwn(start)) return
      const count = this.#counts.get(kind) ?? { valid: 0, candidates: 0, locations: [] }
      this.#counts.set(kind, count)
      count.candidates++
      if (!valid) return
      count.valid++
      if (count.locations.length < SHOWN) count.locations.push({ ...place(start), text: masked })
    }
    findPersonal(text, take, bytes)
  }

  *facts(where: string, column: string): Generator<FactDraft> {
    for (const [kind, { valid, candidates, locations }] of this.#counts) {
      if (valid === 0 || valid * 2 < candidates) continue
      yield { kind: 'pii.found', data: { kind, where, column }, count: valid, locations }
    }
  }
}
