import type { Span } from '../inspector.ts'

/** Joins spans that follow one another, so that an archive of a million members yields a few, not millions. */
export class SpanRun {
  #held: Span | undefined;

  /** Returns the span before, where this one does not continue it. */
  *add(offset: number, length: number, as: Span['as'], why?: Span['why']): Generator<Span> {
    if (length <= 0) return
    const held = this.#held
    const continues = held && held.as === as && held.why === why && held.offset + held.length === offset
    if (held && !continues) yield held
    const start = held && continues ? held.offset : offset
    this.#held = { type: 'span', offset: start, length: offset + length - start, as, ...(why ? { why } : {}) }
  }

  *flush(): Generator<Span> {
    if (this.#held) yield this.#held
    this.#held = undefined
  }
}
