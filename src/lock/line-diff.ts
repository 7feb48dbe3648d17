/** One line of a text diff: kept, removed or added. */
export type LineChange = readonly [' ' | '-' | '+', string]

/** Pairs of lines that are compared at most; two longer texts are told as replaced. */
const PAIRS = 4_000_000
/** Kept lines around a change. */
const CONTEXT = 2

/**
 * What changes from one text to another, line by line, by the longest common subsequence; runs of kept lines away from any
 * change are left out. Empty for equal texts. Pure.
 */
export function lineDiff(before: string, after: string): LineChange[] {
  const [a, b] = [linesOf(before), linesOf(after)]
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start++
  let end = 0
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end++
  const middle = between(a.slice(start, a.length - end), b.slice(start, b.length - end))
  if (middle.length === 0) return []
  const keep = (lines: readonly string[]) => lines.map((line): LineChange => [' ', line])
  return trimmed([...keep(a.slice(0, start)), ...middle, ...keep(a.slice(a.length - end))])
}

function linesOf(text: string): string[] {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines
}

function between(a: readonly string[], b: readonly string[]): LineChange[] {
  const removed = a.map((line): LineChange => ['-', line])
  const added = b.map((line): LineChange => ['+', line])
  if (a.length === 0 || b.length === 0 || a.length * b.length > PAIRS) return [...removed, ...added]
  const width = b.length + 1
  // Length of the longest common subsequence of a[i…] and b[j…].
  const common = new Uint32Array((a.length + 1) * width)
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const at = i * width + j
      common[at] =
        a[i] === b[j]
          ? (common[at + width + 1] ?? 0) + 1
          : Math.max(common[at + width] ?? 0, common[at + 1] ?? 0)
    }
  }
  const out: LineChange[] = []
  let [i, j] = [0, 0]
  while (i < a.length && j < b.length) {
    const [x = '', y = ''] = [a[i], b[j]]
    if (x === y) {
      out.push([' ', x])
      i++
      j++
    } else if ((common[(i + 1) * width + j] ?? 0) >= (common[i * width + j + 1] ?? 0)) {
      out.push(['-', x])
      i++
    } else {
      out.push(['+', y])
      j++
    }
  }
  return [...out, ...removed.slice(i), ...added.slice(j)]
}

/** A gap is told by an empty kept line, as `…` in a change log. */
function trimmed(changes: readonly LineChange[]): LineChange[] {
  const near = changes.map((_, at) =>
    changes.slice(Math.max(0, at - CONTEXT), at + CONTEXT + 1).some(([mark]) => mark !== ' '),
  )
  return changes.flatMap((change, at): LineChange[] => {
    if (near[at]) return [change]
    return near[at - 1] && near.includes(true, at) ? [[' ', '…']] : []
  })
}
