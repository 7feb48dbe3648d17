import { FormatError } from '../model/trouble.ts'
import { JsonScanner } from './json.ts'

/** The reference reader refuses longer headers (`MAX_HEADER_SIZE`). */
export const SAFETENSORS_HEADER = 100_000_000

/** Nesting at which the reference reader's JSON library stops. */
const REFERENCE_DEPTH = 127

/** Bits of one element by dtype name (safetensors 0.8). */
const BITS: Readonly<Record<string, number>> = {
  BOOL: 8,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  C64: 64,
  F64: 64,
  I64: 64,
  U64: 64,
}

const U64 = 2n ** 64n

/** A rule of the reference reader that the header breaks. */
export interface Violation {
  readonly rule: string
  /** Tensor or metadata name, where there is one. */
  readonly name: string
  /** Byte in the header. */
  readonly offset: number
}

export interface TensorHeader {
  readonly tensors: number
  readonly dtypes: ReadonlySet<string>
  readonly parameters: bigint
  readonly metadata: ReadonlyMap<string, { readonly value: string; readonly offset: number }>
  readonly violations: readonly Violation[]
  /** Ranges of the buffer that tensors own, ascending and disjoint. */
  readonly owned: readonly { readonly start: number; readonly end: number }[]
  /** What ended the reading of the header; everything before it stands. */
  readonly broken?: FormatError
}

/**
 * Reads the JSON header and checks every rule of the reference implementation against a buffer of `bufferLength`
 * bytes. Never throws for what the header says: what cannot be read is `broken`.
 */
export function readTensorHeader(header: Uint8Array, bufferLength: number, depth: number): TensorHeader {
  const reader = new HeaderReader()
  const broken = reader.read(header, depth)
  const owned = reader.layout(bufferLength, broken === undefined)
  const { dtypes, parameters, metadata, violations } = reader
  const tensors = reader.tensors.size
  return { tensors, dtypes, parameters, metadata, violations, owned, ...(broken ? { broken } : {}) }
}

interface Tensor {
  readonly offset: number
  dtype?: string
  shape?: (number | bigint)[]
  offsets?: (number | bigint)[]
}

class HeaderReader {
  readonly violations: Violation[] = []
  readonly dtypes = new Set<string>()
  readonly metadata = new Map<string, { value: string; offset: number }>()
  readonly tensors = new Map<string, { start: number; end: number; offset: number }>()
  parameters = 0n
  #json!: JsonScanner

  read(header: Uint8Array, depth: number): FormatError | undefined {
    try {
      this.#json = new JsonScanner(header, { depth })
      this.#document(header.length)
      return undefined
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
      return error
    }
  }

  #document(length: number): void {
    const json = this.#json
    if (json.next() !== '{') throw new FormatError('corrupt', 'the header is no JSON object', json.offset)
    if (json.offset > 0) this.#violation('leading-space', '', 0)
    while (json.next() === 'key') {
      const name = json.text()
      const { offset, duplicate } = json
      if (name === '__metadata__') {
        if (duplicate) this.#violation('duplicate-metadata', name, offset)
        this.#metadata()
      } else {
        if (duplicate) this.#violation('duplicate-tensor', name, offset)
        this.#tensor(name, offset)
      }
    }
    const { end } = json
    json.next()
    if (json.loneSurrogate) this.#violation('lone-surrogate', '', 0)
    if (json.deepest > REFERENCE_DEPTH) this.#violation('depth', '', 0)
    // Padding to a multiple of 8 takes 7 spaces at most; some writers align to pages. More is room for something else.
    if (length - end > 4096) this.#violation('long-padding', '', end)
  }

  #metadata(): void {
    const json = this.#json
    const first = json.next()
    if (first === 'null') return
    if (first !== '{') {
      this.#violation('metadata-no-map', '', json.offset)
      this.#rest(first)
      return
    }
    while (json.next() === 'key') {
      const key = json.text()
      if (json.duplicate) this.#violation('duplicate-metadata-key', key, json.offset)
      const token = json.next()
      if (token === 'string') this.metadata.set(key, { value: json.text(), offset: json.offset })
      else {
        this.#violation('metadata-no-string', key, json.offset)
        this.#rest(token)
      }
    }
  }

  #tensor(name: string, offset: number): void {
    const json = this.#json
    const tensor: Tensor = { offset }
    const first = json.next()
    if (first !== '{') {
      this.#violation('tensor-no-object', name, offset)
      this.#rest(first)
      return
    }
    while (json.next() === 'key') {
      const field = json.text()
      const known = field === 'dtype' || field === 'shape' || field === 'data_offsets'
      if (json.duplicate) this.#violation(known ? 'duplicate-field' : 'unknown-field', name, json.offset)
      if (!known) {
        this.#violation('unknown-field', name, json.offset)
        json.skip()
      } else if (field === 'dtype') this.#dtype(tensor, name)
      else if (field === 'shape') tensor.shape = this.#integers('shape', name)
      else tensor.offsets = this.#integers('data-offsets', name)
    }
    this.#check(name, tensor)
  }

  #dtype(tensor: Tensor, name: string): void {
    const token = this.#json.next()
    if (token === 'string') tensor.dtype = this.#json.text()
    else {
      this.#violation('dtype', name, this.#json.offset)
      this.#rest(token)
    }
  }

  #integers(rule: string, name: string): (number | bigint)[] {
    const json = this.#json
    const integers: (number | bigint)[] = []
    const first = json.next()
    if (first !== '[') {
      this.#violation(rule, name, json.offset)
      this.#rest(first)
      return integers
    }
    for (let token = json.next(); token !== ']'; token = json.next()) {
      const raw = token === 'number' ? json.raw() : ''
      const value = /^\d{1,20}$/.test(raw) ? json.number() : undefined
      if (value === undefined || value >= U64) {
        this.#violation(rule, name, json.offset)
        this.#rest(token)
      } else integers.push(value)
    }
    return integers
  }

  /** Passes over the rest of a value whose first token was read. */
  #rest(token: string): void {
    if (token !== '{' && token !== '[') return
    const depth = this.#json.depth
    while (this.#json.depth >= depth) this.#json.next()
  }

  #check(name: string, { dtype, shape, offsets, offset }: Tensor): void {
    if (dtype === undefined || !shape || !offsets) {
      this.#violation('missing-field', name, offset)
    }
    if (offsets && offsets.length !== 2) this.#violation('data-offsets', name, offset)
    const [start = 0, end = 0] = offsets ?? []
    if (end < start) this.#violation('reversed-offsets', name, offset)
    this.tensors.set(name, { start: Number(start), end: Number(end), offset })
    const elements = (shape ?? []).reduce<number | bigint>(multiply, 1)
    if (elements >= U64) this.#violation('shape-overflow', name, offset)
    else this.parameters += BigInt(elements)
    if (dtype === undefined) return
    this.dtypes.add(dtype)
    const bits = Object.hasOwn(BITS, dtype) ? BITS[dtype] : undefined
    if (bits === undefined) {
      this.#violation('dtype', name, offset)
      return
    }
    const total = multiply(elements, bits)
    if (total >= U64) this.#violation('shape-overflow', name, offset)
    else if (BigInt(total) % 8n !== 0n) this.#violation('split-byte', name, offset)
    else if (BigInt(total) / 8n !== BigInt(end) - BigInt(start)) this.#violation('size', name, offset)
  }

  /** Offsets in order must begin at 0 and leave no hole, no overlap and no rest. */
  layout(bufferLength: number, complete: boolean): { start: number; end: number }[] {
    const sorted = [...this.tensors].sort(([, a], [, b]) => a.start - b.start || a.end - b.end)
    const owned: { start: number; end: number }[] = []
    let reached = 0
    for (const [name, { start, end, offset }] of sorted) {
      if (start < reached) this.#violation('overlap', name, offset)
      else if (start > reached) this.#violation('hole', name, offset)
      if (end > bufferLength) this.#violation('beyond-end', name, offset)
      reached = Math.max(reached, end)
      const last = owned.at(-1)
      const [from, to] = [Math.min(start, bufferLength), Math.min(end, bufferLength)]
      if (to <= from) continue
      if (last && from <= last.end) last.end = Math.max(last.end, to)
      else owned.push({ start: from, end: to })
    }
    if (complete && reached < bufferLength) this.#violation('trailing-bytes', '', 0)
    return owned
  }

  #violation(rule: string, name: string, offset: number): void {
    this.violations.push({ rule, name, offset })
  }
}

/** A product that is exact: by doubles while they are, then by bigints; stops growing beyond 2^64. */
function multiply(a: number | bigint, b: number | bigint): number | bigint {
  if (typeof a === 'number' && typeof b === 'number') {
    const small = a * b
    if (Number.isSafeInteger(small)) return small
  }
  // A later factor of 0 makes it 0 for us; the reference multiplies from the left and has failed before.
  if (a >= U64) return a
  return BigInt(a) * BigInt(b)
}
