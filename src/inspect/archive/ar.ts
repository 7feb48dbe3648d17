import { AR_MAGIC, arMembers } from '../../codec/archive/ar.ts'
import { pathForm } from '../../codec/path-form.ts'
import { EDGE_DATA } from '../../model/edge-facts.ts'
import { ENTRY_FACTS } from '../../model/entry-facts.ts'
import { fact, type Inspector } from '../inspector.ts'
import { MemberList } from './listed.ts'
import { SpanRun } from './spans.ts'

/**
 * `ar`: static libraries and Debian packages. The scripts of a package, which its installation runs, are members of
 * `control.tar.*` and are inspected as such.
 */
export const ar: Inspector = {
  id: 'ar',
  detect: {
    magic: [
      { offset: 0, hex: '213c617263683e0a' },
      { offset: 0, hex: '213c7468696e3e0a' },
    ],
    suffix: ['.deb', '.a', '.ar'],
  },
  facts: { ...ENTRY_FACTS, ...EDGE_DATA },
  async *inspect({ bytes }, context) {
    const isThin = Buffer.from(await bytes.read(0, AR_MAGIC)).toString('latin1') === '!<thin>\n'
    const list = new MemberList('ar', bytes, context)
    const spans = new SpanRun()
    yield* spans.add(0, AR_MAGIC, 'inspected')
    for await (const member of arMembers(bytes, isThin, context.signal)) {
      const { name, at, mode, dataStart, size, isInternal } = member
      yield* spans.add(at, dataStart + size - at, 'inspected')
      const padding = await bytes.read(dataStart + size, member.next - dataStart - size)
      // Filled up to an even place with a newline.
      if (padding[0] === 0x0a) yield* spans.add(dataStart + size, 1, 'inspected')
      if (isThin && !isInternal) {
        const data = { target: name.slice(0, 1000), role: 'thin-archive', form: pathForm(name) }
        yield fact('edge.data', data, { offset: at })
      }
      const data = isInternal || (isThin && size === 0) ? {} : { data: { offset: dataStart, length: size } }
      yield* list.add({ name, at, mode, isInternal, ...data })
    }
    yield* spans.flush()
    yield* list.end()
  },
}
