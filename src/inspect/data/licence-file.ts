import { recogniseLicence } from '../../codec/licence/texts.ts'
import { textEncoding } from '../../codec/text.ts'
import { LICENCE_FACTS } from '../../model/card-facts.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'

const BYTES = 512 * 1024
const NAMES = ['license', 'licence', 'copying', 'unlicense'].flatMap((name) => [
  name,
  ...['.txt', '.md', '.rst'].map((suffix) => name + suffix),
])

/** Files of the name under which licences are, by their text. That all of it is text, `text` says. */
export const licenceFile: Inspector = {
  id: 'licence-file',
  detect: {
    probe: (head, _tail, size) =>
      size > 0 && textEncoding(head, size > head.length) !== undefined ? 'weak' : 'no',
    name: NAMES,
    suffix: NAMES.map((name) => `/${name}`),
    onlyNamed: true,
  },
  facts: LICENCE_FACTS,
  async *inspect({ bytes }: Opened, { meter }: InspectContext): AsyncGenerator<Emission> {
    const length = Math.min(bytes.size, BYTES)
    meter.hold(length)
    try {
      const known = recogniseLicence(Buffer.from(await bytes.read(0, length)).toString())
      yield fact('licence.file', { id: known?.id ?? '', modified: known?.modified ?? false })
    } finally {
      meter.release(length)
    }
  },
}
