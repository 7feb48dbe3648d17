import type { Secret } from '../codec/secrets/find.ts'
import { fingerprint, Redactor } from '../codec/secrets/redact.ts'
import type { Fact, Json, JsonObject } from '../model/fact.ts'

/**
 * The one place where secrets are taken out of what is reported. Whatever states a fact may quote a line that holds one:
 * an argument of a call, the value of a setting, the name of a key. So every string of every fact of a root file goes
 * through here when its inspection is over and before anything else sees it: rules, reports, locks and logs are made of
 * what comes out.
 */
export class Hidden {
  readonly #redactor = new Redactor()
  readonly #stated: string[] = []

  readonly hide = (secret: Secret): void => {
    this.#redactor.add(secret)
    const print = fingerprint(secret)
    if (print !== '') this.#stated.push(print)
  }

  /** Stated of something inside the artifact whose taps run now. */
  readonly isStated = (print: string): boolean => this.#inside.has(print)

  #inside: ReadonlySet<string> = new Set()

  /** How many secrets were found until now; to be given back to `within` when the artifact's own turn comes. */
  get mark(): number {
    return this.#stated.length
  }

  within(mark: number): void {
    this.#inside = new Set(this.#stated.slice(mark))
  }

  facts(facts: readonly Fact[]): Fact[] {
    return facts.map((fact) => this.#fact(fact))
  }

  #fact(fact: Fact): Fact {
    if (fact.kind === 'secret.found') return fact
    const data = this.#object(fact.data)
    const locations = fact.locations.map((location) => {
      const text = location.text === undefined ? undefined : this.#redactor.text(location.text)
      return text === location.text || text === undefined ? location : { ...location, text }
    })
    return { ...fact, data, locations }
  }

  #object(object: JsonObject): JsonObject {
    return Object.fromEntries(
      Object.entries(object).map(([key, value]) => [this.#redactor.text(key), this.#json(value)]),
    )
  }

  #json(value: Json): Json {
    if (typeof value === 'string') return value.length < SHORT ? value : this.#redactor.text(value)
    if (value === null || typeof value !== 'object') return value
    if (isArray(value)) return value.map((item) => this.#json(item))
    return this.#object(value)
  }
}

/** Nothing that short is a secret, nor a piece that is worth hiding. */
const SHORT = 8

function isArray(value: readonly Json[] | JsonObject): value is readonly Json[] {
  return Array.isArray(value)
}
