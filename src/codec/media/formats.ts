import type { ByteSource } from '../../bytes/source.ts'
import { bmpEnd, gifEnd, icoEnd, isBmp, isIco, jpegEnd, pngEnd } from './images.ts'
import { flacEnd, isMp3, mp3End, mp4End, oggEnd, riffEnd } from './sound.ts'
import { be32, latin1, Walk } from './walk.ts'

interface MediaFormat {
  readonly name: string
  readonly is: (head: Uint8Array) => boolean
  readonly end: (walk: Walk) => Promise<number | undefined>
}

const riff = (name: string, type: string): MediaFormat => ({
  name,
  is: (head) => latin1(head, 0, 4) === 'RIFF' && latin1(head, 8, 12) === type,
  end: riffEnd,
})

const FORMATS: readonly MediaFormat[] = [
  {
    name: 'png',
    is: (head) => be32(head, 0) === 0x89504e47 && be32(head, 4) === 0x0d0a1a0a,
    end: pngEnd,
  },
  { name: 'jpeg', is: (head) => be32(head, 0) >>> 8 === 0xffd8ff, end: jpegEnd },
  { name: 'gif', is: (head) => /^GIF8[79]a$/.test(latin1(head, 0, 6)), end: gifEnd },
  { name: 'bmp', is: (head) => latin1(head, 0, 2) === 'BM' && isBmp(head), end: bmpEnd },
  { name: 'ico', is: isIco, end: icoEnd },
  riff('webp', 'WEBP'),
  riff('wav', 'WAVE'),
  riff('avi', 'AVI '),
  { name: 'flac', is: (head) => latin1(head, 0, 4) === 'fLaC', end: flacEnd },
  { name: 'ogg', is: (head) => latin1(head, 0, 4) === 'OggS' && head[4] === 0, end: oggEnd },
  { name: 'mp4', is: (head) => latin1(head, 4, 8) === 'ftyp' && be32(head, 0) < 1024, end: mp4End },
  { name: 'mp3', is: isMp3, end: mp3End },
]

/** The name of the image, sound or video format that these first bytes begin; undefined for none. */
export function mediaFormat(head: Uint8Array): string | undefined {
  return FORMATS.find((format) => format.is(head))?.name
}

/** Where the media file ends by its own account; undefined where its structure breaks before. */
export async function mediaEnd(name: string, source: ByteSource): Promise<number | undefined> {
  return FORMATS.find((format) => format.name === name)?.end(new Walk(source))
}
