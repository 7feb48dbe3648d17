import { FormatError } from '../../model/trouble.ts'
import type { Hdf5File } from './file.ts'

export interface Superblock {
  readonly version: number
  /** Object header of the root group. */
  readonly root: number
  /** End of the file, as an address. */
  readonly end: number
}

/** Reads the superblock behind the signature at `offset`, and sets the sizes and base address of the file. */
export async function readSuperblock(file: Hdf5File, offset: number): Promise<Superblock> {
  const head = await file.read(offset, Math.min(128, file.size - offset))
  head.skip(8)
  const version = head.uint(1)
  if (version > 3) throw new FormatError('unsupported', `HDF5 superblock of version ${version}`, offset)
  if (version <= 1) head.skip(4)
  const [offsets, lengths] = [head.uint(1), head.uint(1)]
  if (![2, 4, 8].includes(offsets) || ![2, 4, 8].includes(lengths)) {
    throw new FormatError('corrupt', `HDF5 addresses of ${offsets} and lengths of ${lengths} bytes`, offset)
  }
  file.offsetSize = offsets
  file.lengthSize = lengths
  head.skip(version <= 1 ? (version === 1 ? 13 : 9) : 1)
  const base = head.place() ?? 0
  head.place()
  const end = head.place() ?? 0
  if (version <= 1) {
    head.place()
    head.skip(offsets)
  }
  const root = head.place()
  if (root === undefined) throw new FormatError('corrupt', 'an HDF5 file without a root group', offset)
  // A block put in front later is not known to the file: libhdf5 then counts from the signature too.
  file.base = base === 0 ? offset : base
  if (file.base !== offset)
    throw new FormatError('corrupt', 'an HDF5 file whose base is not its superblock', offset)
  return { version, root, end }
}
