import { isUtf8 } from 'node:buffer'

/** A value that is a file of its own. */
export interface BinaryFile {
  readonly column: string
  readonly row: number
  readonly form: string
  readonly bytes: Uint8Array
}

/** Most values kept of a form that is only data, and of all; and their bytes. */
const OF_A_FORM = 16
const FILES = 1024
const BYTES = 32 * 1024 * 1024

/** What values begin with that something opens and acts upon; images and sounds are data. */
const FORMS: readonly (readonly [string, readonly number[]])[] = [
  ['zip', [0x50, 0x4b, 3, 4]],
  ['elf', [0x7f, 0x45, 0x4c, 0x46]],
  ['npy', [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]],
  ['hdf5', [0x89, 0x48, 0x44, 0x46]],
  ['gzip', [0x1f, 0x8b, 8]],
  ['wasm', [0, 0x61, 0x73, 0x6d]],
]

/**
 * Looks at the binary values of a table: text among them is handed on as text, and what begins like a pickle, an archive or
 * a program is kept to be inspected as a file. Programs and pickles are all kept, of the others a few of each column.
 */
export class BinaryValues {
  readonly files: BinaryFile[] = []
  /** Values of each column by form, also those not kept. */
  readonly counts = new Map<string, { readonly column: string; readonly form: string; values: number }>()
  /** There were more pickles or programs than are kept. */
  exceeded: boolean = false
  #bytes = 0

  /** Whether the value is text. */
  take(column: string, row: number, value: Uint8Array): boolean {
    const form = formOf(value)
    if (form === undefined) return isText(value)
    const key = `${form} ${column}`
    const held = this.counts.get(key) ?? { column, form, values: 0 }
    this.counts.set(key, held)
    held.values++
    const acts = form === 'pickle' || form === 'elf' || form === 'pe'
    if (!acts && held.values > OF_A_FORM) return false
    if (this.files.length >= FILES || this.#bytes + value.length > BYTES) this.exceeded ||= acts
    else {
      this.#bytes += value.length
      this.files.push({ column, row, form, bytes: Uint8Array.prototype.slice.call(value) })
    }
    return false
  }
}

function formOf(value: Uint8Array): string | undefined {
  const [a = 0, b = 0] = value
  if (a === 0x80 && b >= 2 && b <= 5 && value.at(-1) === 0x2e) return 'pickle'
  if (a === 0x4d && b === 0x5a && value.length > 64 && value[0x3c] !== undefined && isPe(value)) return 'pe'
  return FORMS.find(([, magic]) => magic.every((byte, i) => value[i] === byte))?.[0]
}

function isPe(value: Uint8Array): boolean {
  const at = (value[0x3c] ?? 0) | ((value[0x3d] ?? 0) << 8)
  return value[at] === 0x50 && value[at + 1] === 0x45 && value[at + 2] === 0
}

/** Text, by its first bytes: bytes of pictures and arrays fail within a few. */
function isText(value: Uint8Array): boolean {
  const head = value.subarray(0, 64)
  for (const byte of head) if (byte < 9 || (byte > 13 && byte < 32 && byte !== 27)) return false
  return isUtf8(value)
}
