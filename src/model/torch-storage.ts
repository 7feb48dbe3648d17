/** Bytes of one element by storage class, as torch's own table of tensor types has it; quantised ones included. */
const ITEM_SIZES: Readonly<Record<string, number>> = {
  DoubleStorage: 8,
  FloatStorage: 4,
  HalfStorage: 2,
  BFloat16Storage: 2,
  LongStorage: 8,
  IntStorage: 4,
  ShortStorage: 2,
  CharStorage: 1,
  ByteStorage: 1,
  BoolStorage: 1,
  ComplexDoubleStorage: 16,
  ComplexFloatStorage: 8,
  QUInt8Storage: 1,
  QInt8Storage: 1,
  QInt32Storage: 4,
  QUInt4x2Storage: 1,
  QUInt2x4Storage: 1,
  UntypedStorage: 1,
}

const CLASS = /^torch(?:\.cuda|\.storage)?\.(?:_)?(\w+Storage)$/

/** Element size of a storage class by its dotted name, `torch.FloatStorage`; undefined for an unknown one. */
export function storageItemSize(storage: string): number | undefined {
  const name = CLASS.exec(storage)?.[1] ?? ''
  return Object.hasOwn(ITEM_SIZES, name) ? ITEM_SIZES[name] : undefined
}
