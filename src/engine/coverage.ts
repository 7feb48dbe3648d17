export interface Range {
  readonly offset: number
  readonly length: number
}

/** The ranges of `[0, size)` that no span covers, in order. Spans may overlap and come in any order. */
export function uncovered(size: number, spans: readonly Range[]): Range[] {
  const sorted = spans.filter((s) => s.length > 0).toSorted((a, b) => a.offset - b.offset)
  const gaps: Range[] = []
  let reached = 0
  for (const span of sorted) {
    if (span.offset > reached) gaps.push({ offset: reached, length: Math.min(span.offset, size) - reached })
    reached = Math.max(reached, span.offset + span.length)
    if (reached >= size) return gaps
  }
  if (reached < size) gaps.push({ offset: reached, length: size - reached })
  return gaps
}

/** Where a gap lies, in words that rules can ask for. */
export function whereabouts(gap: Range, size: number): 'before' | 'between' | 'after' {
  if (gap.offset === 0) return 'before'
  return gap.offset + gap.length >= size ? 'after' : 'between'
}
