import type { FactCatalogue } from '../../model/fact.ts'
import { type Emission, fact, type Inspector, type Opened } from '../inspector.ts'

const FACTS: FactCatalogue = {
  'lfs-pointer.file': {
    about:
      'A pointer of Git LFS: the content that its name promises is elsewhere. `size` is what the pointer says.',
    fields: { size: 'number', digest: 'string' },
  },
}

/** What a clone without Git LFS has in place of its large files. Whoever fetches them loads what nobody looked at. */
export const lfsPointer: Inspector = {
  id: 'lfs-pointer',
  detect: {
    // version https://git-lfs
    magic: [{ offset: 0, hex: '76657273696f6e2068747470733a2f2f6769742d6c6673' }],
  },
  facts: FACTS,
  inspect,
}

/** The specification allows no longer pointers. */
const LONGEST = 1024

async function* inspect({ bytes }: Opened): AsyncGenerator<Emission> {
  const text = Buffer.from(await bytes.read(0, LONGEST)).toString('utf8')
  const digest = /^oid sha256:([0-9a-f]{64})$/m.exec(text)?.[1] ?? ''
  const size = Number(/^size (\d{1,15})$/m.exec(text)?.[1] ?? -1)
  yield fact('lfs-pointer.file', { size, digest })
  yield { type: 'span', offset: 0, length: Math.min(bytes.size, LONGEST), as: 'inspected' }
  yield {
    type: 'damage',
    kind: 'unsupported',
    message: 'only a pointer of Git LFS: its content is elsewhere',
  }
}
