import { PersonalTally } from '../personal/tally.ts'
import { findSecrets } from '../secrets/find.ts'
import { secretFact } from '../secrets/state.ts'
import { type Cells, locationOf, type RowDetector, type State, valueAt } from './detector.ts'

/** Secrets in rows, redacted. */
export class SecretRows implements RowDetector {
  cells({ batch, column, text }: Cells, state: State): void {
    for (const secret of findSecrets(text, column.bytes)) {
      state(secretFact(secret, 'rows', column.name, locationOf(batch, column, valueAt(column, secret.start))))
    }
  }

  end(): void {}
}

/** Personal data in rows, counted by column. */
export class PersonalRows implements RowDetector {
  readonly #tallies = new Map<string, PersonalTally>()

  cells({ batch, column, text }: Cells): void {
    const tally = this.#tallies.get(column.name) ?? new PersonalTally()
    this.#tallies.set(column.name, tally)
    tally.read(
      text,
      () => true,
      (start) => locationOf(batch, column, valueAt(column, start)),
      column.bytes,
    )
  }

  end(state: State): void {
    for (const [column, tally] of this.#tallies) for (const draft of tally.facts('rows', column)) state(draft)
  }
}
