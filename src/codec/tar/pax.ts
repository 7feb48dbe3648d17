/** PAX extended headers: records `length key=value\n`, the length counting itself. */

export interface Pax {
  /** Last value of each key, which is the one that counts. */
  readonly values: ReadonlyMap<string, Uint8Array>
  readonly issues: readonly ('malformed' | 'repeated-key')[]
}

/** CPython and others read an extended header in one allocation; honest ones are a few hundred bytes. */
export const LONGEST_EXTENDED = 1024 * 1024

const SPACE = 0x20
const EQUALS = 0x3d
const NEWLINE = 0x0a

export function readPax(bytes: Uint8Array): Pax {
  const values = new Map<string, Uint8Array>()
  const issues = new Set<'malformed' | 'repeated-key'>()
  let at = 0
  while (at < bytes.length) {
    const space = bytes.indexOf(SPACE, at)
    const length = space < 0 || space - at > 10 ? Number.NaN : decimal(bytes.subarray(at, space))
    const equals = bytes.indexOf(EQUALS, at)
    const end = at + length
    if (
      !(length > 0) ||
      end > bytes.length ||
      equals < space ||
      equals >= end ||
      bytes[end - 1] !== NEWLINE
    ) {
      // Zeros may fill the block up; everything else is a lie or damage.
      if (bytes.subarray(at).some((byte) => byte !== 0)) issues.add('malformed')
      break
    }
    const key = Buffer.from(bytes.subarray(space + 1, equals)).toString('utf8')
    if (values.has(key) && DECISIVE.has(key)) issues.add('repeated-key')
    values.set(key, bytes.slice(equals + 1, end - 1))
    at = end
  }
  return { values, issues: [...issues] }
}

/** Keys that change which bytes a member has or where it goes. */
export const DECISIVE: ReadonlySet<string> = new Set(['path', 'linkpath', 'size', 'GNU.sparse.name'])

function decimal(bytes: Uint8Array): number {
  const text = String.fromCharCode(...bytes)
  return /^[0-9]+$/.test(text) ? Number.parseInt(text, 10) : Number.NaN
}

/** The size a PAX header states: `undefined` where it states none, NaN where it is no number. */
export function paxSize(pax: Pax | undefined): number | undefined {
  const value = pax?.values.get('size')
  return value === undefined ? undefined : decimal(value)
}
