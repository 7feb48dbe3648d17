import type { Limits } from '../model/limits.ts'
import { FormatError } from '../model/trouble.ts'

/**
 * Spends the limits of one root file. One meter is shared by everything nested in it, so a bomb cannot multiply by
 * nesting. Every method throws `FormatError('limit')` naming the limit and how to raise it.
 */
export class Meter {
  readonly limits: Limits
  readonly #deadline: number
  readonly #expandable: number
  #expanded = 0
  #held = 0

  /** @param rootSize bytes of the root file: the allowance of expanded bytes grows with it. */
  constructor(limits: Limits, rootSize: number) {
    this.limits = limits
    this.#deadline = performance.now() + limits.seconds * 1000
    this.#expandable = Math.max(limits.expandedBytes, limits.expansionRatio * rootSize)
  }

  /** Decoded output: `count` more bytes came out of a decompressor or decoder. */
  expand(count: number): void {
    this.#expanded += count
    if (this.#expanded > this.#expandable) throw exceeded('expandedBytes', this.#expandable)
    this.tick()
  }

  /** One stream's output so far against the input it has consumed. */
  ratio(output: number, input: number): void {
    if (output > 64 * 1024 * 1024 && output > input * this.limits.expansionRatio) {
      throw exceeded('expansionRatio', this.limits.expansionRatio)
    }
  }

  /** Claims buffer memory before it is allocated; give it back with `release`. */
  hold(count: number): void {
    if (!Number.isSafeInteger(count) || count < 0) throw new FormatError('corrupt', 'an impossible length')
    if (this.#held + count > this.limits.memoryBytes) throw exceeded('memoryBytes', this.limits.memoryBytes)
    this.#held += count
  }

  release(count: number): void {
    this.#held -= count
  }

  /** Checks a count that grows (entries, depth, facts, memo index…) against the limit of that name. */
  check(name: keyof Limits, value: number): void {
    if (value > this.limits[name]) throw exceeded(name, this.limits[name])
  }

  /** Checks the deadline; cheap enough for every chunk, too dear for every opcode. */
  tick(): void {
    if (performance.now() > this.#deadline) throw exceeded('seconds', this.limits.seconds)
  }
}

function exceeded(name: keyof Limits, value: number): FormatError {
  return new FormatError('limit', `limit ${name} (${value}) reached; --limit ${name}=VALUE raises it`)
}
