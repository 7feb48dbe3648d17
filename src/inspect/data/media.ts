import { mediaEnd, mediaFormat } from '../../codec/media/formats.ts'
import type { FactCatalogue } from '../../model/fact.ts'
import { type Emission, fact, type Inspector, type Opened } from '../inspector.ts'

const FACTS: FactCatalogue = {
  'media.file': {
    about: 'An image, sound or video file. `whole`: its structure is sound up to an end inside the file.',
    fields: { format: 'string', whole: 'boolean' },
  },
}

const SUFFIXES = [
  ['.png', '.jpg', '.jpeg', '.gif', '.bmp', '.ico', '.webp'],
  ['.wav', '.avi', '.flac', '.ogg', '.oga', '.ogv', '.opus', '.mp4', '.m4a', '.m4v', '.mov', '.mp3'],
].flat()

/** Media are inert for every model loader. They are walked to their real end, so that what hides behind it is seen. */
export const media: Inspector = {
  id: 'media',
  detect: {
    probe: (head) => (mediaFormat(head) === undefined ? 'no' : 'strong'),
    suffix: SUFFIXES,
  },
  facts: FACTS,
  inspect,
}

async function* inspect({ bytes }: Opened): AsyncGenerator<Emission> {
  const format = mediaFormat(await bytes.read(0, 8192))
  if (format === undefined) return
  const end = await mediaEnd(format, bytes)
  const whole = end !== undefined && end <= bytes.size
  yield fact('media.file', { format, whole })
  // A picture cut short is still a picture: no reader of models makes anything of it. One whose structure breaks may be
  // something else after its magic, so the rest is left to be looked at.
  const length = end === undefined ? Math.min(MAGIC, bytes.size) : Math.min(end, bytes.size)
  yield { type: 'span', offset: 0, length, as: 'opaque' }
}

const MAGIC = 8
