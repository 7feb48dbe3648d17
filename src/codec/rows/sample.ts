/** A run of rows to read. */
export interface RowRun {
  readonly first: number
  readonly rows: number
}

/**
 * Which rows to read of parts of a table (row groups, record batches) when at most `limit` of all rows are wanted: from the
 * start of each part a share of its size, at least one row, so that no part goes unread.
 */
export function sampleParts(parts: readonly number[], limit: number): number[] {
  const total = parts.reduce((sum, rows) => sum + rows, 0)
  if (total <= limit) return [...parts]
  if (limit <= 0) return parts.map(() => 0)
  // More parts than rows wanted: one row of every so manieth part.
  const step = Math.max(1, Math.ceil(parts.length / limit))
  return parts.map((rows, i) => {
    if (i % step !== 0) return 0
    return Math.min(rows, Math.max(1, Math.floor((limit * rows) / total)))
  })
}

/** Rows that are read one after another where only some of a long table are. */
const RUN = 1000

/** Whether to read a row of a table read from front to back, of whose rows about `total` there are and at most `limit` are wanted. */
export function isSampled(row: number, total: number, limit: number): boolean {
  if (total <= limit) return row < limit
  const stride = Math.max(RUN, Math.ceil((total * RUN) / Math.max(1, limit)))
  return limit > 0 && row % stride < Math.min(RUN, limit)
}
