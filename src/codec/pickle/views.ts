import { storageItemSize } from '../../model/torch-storage.ts'
import * as K from './kinds.ts'
import type { Machine } from './machine.ts'
import { literalOf } from './read-back.ts'
import type { Elements } from './stack.ts'

/** Functions of PyTorch that lay a tensor over a storage: `(storage, offset, size, stride, …)`. */
const VIEWS: ReadonlySet<string> = new Set([
  'torch._utils._rebuild_tensor',
  'torch._utils._rebuild_tensor_v2',
  'torch._utils._rebuild_tensor_v3',
  'torch._utils._rebuild_qtensor',
])
/** Functions that call their first argument with the tuple that is their third. */
const APPLY: ReadonlySet<string> = new Set([
  'torch._tensor._rebuild_from_type',
  'torch._tensor._rebuild_from_type_v2',
  'torch.tensor._rebuild_from_type',
  'torch.tensor._rebuild_from_type_v2',
])
/** This one takes a type of its own, whatever the storage's, as its seventh argument. */
const RETYPED = 'torch._utils._rebuild_tensor_v3'

/** Element sizes by the names of `torch.dtype`; most end in their bits. */
const DTYPE = /^torch\.(?:u?int|b?float|complex|bits|quint|qint)(\d+)/
const DTYPE_SIZES: Readonly<Record<string, number>> = {
  'torch.bool': 1,
  'torch.half': 2,
  'torch.float': 4,
  'torch.double': 8,
  'torch.short': 2,
  'torch.int': 4,
  'torch.long': 8,
  'torch.chalf': 4,
  'torch.cfloat': 8,
  'torch.cdouble': 16,
}

/** Storages remembered: a tensor asks for its own right before it is made. */
const STORAGES_KEPT = 4096
const SIZES_SHOWN = 8

/** Remembers the persistent id of a storage by the place of its BINPERSID, as which the storage goes on. */
export function rememberStorage(machine: Machine, offset: number, id: Elements) {
  const { storages } = machine.traces
  storages.set(offset, id)
  if (storages.size > STORAGES_KEPT) storages.delete(storages.keys().next().value!)
}

/**
 * A call that lays a tensor over a storage must stay inside it: offset + Σ(sizeᵢ−1)·strideᵢ < elements of the storage, unless
 * a size is 0. Notes what goes beyond (loaders have trusted it, CVE-2026-24747), and what cannot be shown not to. False
 * where bytes must be fetched first.
 */
export function checkView(machine: Machine, name: string, args: Elements, start: number): boolean {
  if (APPLY.has(name)) {
    const applied = machine.descriptors.globalOf(args.descriptors[0] ?? 0)?.callable ?? ''
    if (!VIEWS.has(applied) || args.descriptors[2] !== K.TUPLE_VALUE) return true
    const inner = machine.tuples.find(args.offsets[2]!)
    if (inner) return checkView(machine, applied, inner, start)
    machine.census.note('view-unproven', applied, machine.base + start)
    return true
  }
  // What the storage of another maker has, the pickle does not say.
  if (!VIEWS.has(name) || args.descriptors[0] !== K.PERSISTENT_VALUE) return true
  const view = new View(machine, start)
  const about = view.judge(name, args)
  if (view.waiting) return false
  if (about) machine.census.note(about, name, machine.base + start, view.text)
  return true
}

/** The numbers of one view, read back from the pickle. */
class View {
  readonly #machine: Machine
  readonly #start: number
  /** Were bytes asked for? Then what was judged is void. */
  waiting: boolean = false
  text = ''

  constructor(machine: Machine, start: number) {
    this.#machine = machine
    this.#start = start
  }

  judge(name: string, args: Elements): 'view-beyond' | 'view-negative' | 'view-unproven' | undefined {
    const offset = this.#integer(args.descriptors[1], args.offsets[1])
    const sizes = this.#integers(args.descriptors[2], args.offsets[2])
    const strides = this.#integers(args.descriptors[3], args.offsets[3])
    const room = this.#room(args)
    if (!sizes || !strides || !room || sizes.length !== strides.length) return 'view-unproven'
    const numbers = [offset, ...sizes, ...strides, room.elements]
    if (numbers.some(Number.isNaN)) return 'view-unproven'
    this.text = `offset ${offset}, size (${short(sizes)}), stride (${short(strides)}) in a storage of ${room.elements}`
    if (numbers.some((number) => number < 0)) return 'view-negative'
    if (!numbers.every(Number.isSafeInteger)) return 'view-beyond'
    if (sizes.includes(0)) return undefined
    // Where doubles round, the sum is above 2^53 and so above any number of elements that got here.
    let last = offset
    for (const [i, size] of sizes.entries()) last += (size - 1) * strides[i]!
    if (name !== RETYPED) return last + 1 > room.elements ? 'view-beyond' : undefined
    const width = dtypeSize(this.#machine.descriptors.globalOf(args.descriptors[6] ?? 0)?.callable ?? '')
    if (width === undefined || room.width === undefined) return 'view-unproven'
    return (last + 1) * width > room.elements * room.width ? 'view-beyond' : undefined
  }

  /** How many elements the storage has, and of how many bytes. */
  #room(args: Elements): { elements: number; width: number | undefined } | undefined {
    const { traces, tuples, descriptors } = this.#machine
    const id = traces.storages.get(args.offsets[0]!)
    if (!id) return undefined
    const elements = this.#integer(id.descriptors[4], id.offsets[4])
    const width = storageItemSize(descriptors.globalOf(id.descriptors[1]!)?.callable ?? '')
    // Legacy files cut storages out of others: `(key, offset, elements)`.
    const part = id.descriptors[5] ?? K.NONE_VALUE
    if (part === K.NONE_VALUE) return { elements, width }
    const cut = part === K.TUPLE_VALUE ? tuples.find(id.offsets[5]!) : undefined
    if (!cut) return undefined
    const [from, own] = [1, 2].map((i) => this.#integer(cut.descriptors[i], cut.offsets[i]))
    if (from === undefined || own === undefined || !(from >= 0 && own >= 0)) return undefined
    return { elements: Math.min(own, elements - from), width }
  }

  #integers(descriptor: number | undefined, offset: number | undefined): number[] | undefined {
    if (descriptor === K.NO_TUPLE) return []
    if (descriptor !== K.TUPLE_VALUE) return undefined
    const tuple = this.#machine.tuples.find(offset!)
    // PyTorch has no tensors of more dimensions than elements are kept.
    if (!tuple || tuple.count > tuple.descriptors.length) return undefined
    return tuple.descriptors.map((kind, i) => this.#integer(kind, tuple.offsets[i]))
  }

  /** NaN for what is no integer. */
  #integer(descriptor: number | undefined, offset: number | undefined): number {
    if (this.waiting || descriptor !== K.INT_VALUE) return Number.NaN
    const literal = literalOf(this.#machine, offset!, this.#start)
    if (!literal) this.waiting = true
    return literal?.kind === 'int' ? literal.value : Number.NaN
  }
}

function short(numbers: readonly number[]): string {
  const more = numbers.length > SIZES_SHOWN ? ', …' : ''
  return numbers.slice(0, SIZES_SHOWN).join(', ') + more
}

function dtypeSize(dtype: string): number | undefined {
  if (Object.hasOwn(DTYPE_SIZES, dtype)) return DTYPE_SIZES[dtype]
  const bits = DTYPE.exec(dtype)?.[1]
  // Types of less than a byte are packed into one, or take one each.
  return bits === undefined ? undefined : Math.max(1, Number(bits) / 8)
}
