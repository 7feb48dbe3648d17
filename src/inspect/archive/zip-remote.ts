import { slice } from '../../bytes/source.ts'
import { decodeName } from '../../codec/names.ts'
import type { Reading } from '../../codec/zip/end.ts'
import { type CentralEntry, FLAG, LOCAL_BYTES } from '../../codec/zip/records.ts'
import type { Emission } from '../inspector.ts'
import { listedFacts } from './zip-members.ts'
import type { ZipState } from './zip-state.ts'

/** torch begins data at a multiple of this (c10 `kFieldAlignment`), by an extra field of the local header. */
const ALIGNMENT = 64
/** Of the local header's extra fields: what a padding one has in front, and a zip64 one as a whole. */
const FIELD = 4
const ZIP64 = 20

/** Flags that mean nothing for stored data: hints of a compressor, sums behind the data, a name in UTF-8. */
const HARMLESS = 0x6 | FLAG.descriptor | FLAG.utf8

/**
 * A stored member of tensor data in an archive that is read from afar, judged by the directory alone: its local header is
 * not asked for. Only where header, data and padding fill the room up to the next record, so that nothing else can lie
 * there. Returns undefined for a member that wants reading.
 */
export function leftThere(state: ZipState, entry: CentralEntry, reading: Reading): Emission[] | undefined {
  if (state.bytes.remote === undefined || entry.method !== 0 || entry.compressed !== entry.size)
    return undefined
  if (entry.flags & ~HARMLESS) return undefined
  const name = decodeName(entry.name)
  const hint = state.hint(name)
  // A torch.export archive says elsewhere which of its weights are unpickled: those want looking at.
  if (!hint.opaque || state.survey.roots('pt2').length > 0) return undefined
  const at = entry.offset + reading.shift
  const data = at + LOCAL_BYTES + entry.name.length
  const next = state.starts.after(at)
  if (next === undefined || !isFilled(data, next - data - entry.compressed, entry.flags)) return undefined
  if (state.bytes.isHeld?.(at, next - at)) return undefined
  state.ranges.add(at, next)
  return [
    ...listedFacts(entry, name),
    { type: 'child', name, bytes: slice(state.bytes, data, entry.compressed), ...hint, unseen: true },
    ...state.spans.add(at, next - at, 'opaque'),
  ]
}

/** Is the room beside header and data what writers leave: nothing, a descriptor, a zip64 field, padding up to alignment? */
function isFilled(data: number, room: number, flags: number): boolean {
  const descriptors = flags & FLAG.descriptor ? [12, 16, 20, 24] : [0]
  return descriptors.some((descriptor) => {
    const extra = room - descriptor
    if (extra === 0 || extra === ZIP64) return true
    const isAligned = (data + extra) % ALIGNMENT === 0
    return isAligned && extra >= FIELD && extra < ALIGNMENT + FIELD + ZIP64
  })
}
