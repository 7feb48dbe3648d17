import { CPIO_END, cpioMembers } from '../../codec/archive/cpio.ts'
import { decodeName } from '../../codec/names.ts'
import { ENTRY_FACTS } from '../../model/entry-facts.ts'
import type { Inspector } from '../inspector.ts'
import { type ListedMember, MemberList } from './listed.ts'
import { SpanRun } from './spans.ts'

const LINK = 0o120000
const FOLDER = 0o040000
/** PATH_MAX. */
const LONGEST_TARGET = 4096

/** cpio archives (`newc`, `crc`, `odc`): initial RAM disks, RPM payloads. */
export const cpio: Inspector = {
  id: 'cpio',
  detect: {
    magic: [
      { offset: 0, hex: '303730373031' },
      { offset: 0, hex: '303730373032' },
      { offset: 0, hex: '303730373037' },
    ],
    suffix: ['.cpio'],
  },
  facts: ENTRY_FACTS,
  async *inspect({ bytes }, context) {
    const list = new MemberList('cpio', bytes, context)
    const spans = new SpanRun()
    for await (const { name, at, mode, dataStart, size, next } of cpioMembers(bytes, context.signal)) {
      // Padding is zeros; the engine looks at what is not.
      yield* spans.add(at, dataStart + size - at, 'inspected')
      if (name === CPIO_END) break
      const kind = mode & 0o170000
      const content = { offset: dataStart, length: size }
      const member: ListedMember = { name, at, mode, isFolder: kind === FOLDER }
      if (kind === LINK) {
        const bytesOfTarget = await bytes.read(dataStart, Math.min(size, LONGEST_TARGET))
        yield* list.add({ ...member, link: { target: decodeName(bytesOfTarget), kind: 'symbolic' } })
      } else yield* list.add(size > 0 ? { ...member, data: content } : member)
      if (next > bytes.size) break
    }
    yield* spans.flush()
    yield* list.end()
  },
}
