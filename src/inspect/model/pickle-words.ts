import type { Note, Place } from '../../codec/pickle/census.ts'
import { EXPANSION } from '../../codec/pickle/shares.ts'
import type { Location } from '../../model/fact.ts'
import type { FactEmission } from '../inspector.ts'

/** What a note is about, in words that go on behind "because". */
const MEANINGS: Readonly<Record<string, string>> = {
  'arguments-no-tuple': 'a call has arguments that are no tuple',
  'build-on-data': 'a state is given to plain data',
  'frame-after-stop': 'a frame goes on behind the end of the pickle',
  'frame-array': 'an array lies behind a frame that does not end with its wrapper',
  'frame-beyond-end': 'a frame goes on behind the end of the file',
  'frame-nested': 'a frame begins inside another one',
  'frame-straddle': 'a frame ends inside an instruction',
  'leftover-stack': 'values are left over behind the result',
  'memo-far': 'a memo key is far above all others, for which CPython allocates memory in between',
  'memo-redefined': 'a memo key is stored twice',
  'number-base': 'a number is not written in plain decimal',
  'number-nul': 'a number has a NUL in it',
  'number-space': 'a number has blanks around it',
  'out-of-band': 'it asks for buffers that are not in the file',
  'protocol-changed': 'the protocol changes on the way',
  'protocol-late': 'the protocol is declared late',
  'string-blanks': 'a string has blanks around its quotes',
  'view-beyond': 'reaches beyond the end of its storage',
  'view-negative': 'has a negative offset, size, stride or storage',
  'view-unproven': 'does not say in plain numbers where in which storage it lies',
}

/** A fact about an oddity of the stream. */
export function noteFact({ about, detail, count, places }: Note): FactEmission {
  if (about === 'extension') {
    const locations = placed(places, `extension: ${detail}`)
    return { type: 'fact', kind: 'pickle.extension', data: { code: Number(detail) }, count, locations }
  }
  if (about.startsWith('view-')) {
    const data = { about: about.slice('view-'.length), callable: detail, means: MEANINGS[about] ?? '' }
    return { type: 'fact', kind: 'pickle.view', data, count, locations: placed(places, data.means) }
  }
  if (about === 'expansion') {
    const locations = placed(places, 'a container that holds the same containers again and again')
    return { type: 'fact', kind: 'pickle.expansion', data: { references: EXPANSION }, count, locations }
  }
  const words = MEANINGS[about] ?? about
  const means = detail === '' ? words : `${words} (${detail})`
  const locations = placed(places, means)
  return { type: 'fact', kind: 'pickle.differential', data: { about, detail, means }, count, locations }
}

export function placed(places: readonly Place[], text: string): Location[] {
  return places.map((place) => ({ at: { offset: place.offset }, text: place.text ?? text }))
}

/** The kind of a value (`global:os.system`, `object:numpy.dtype`, `int`) in a sentence. */
export function kindInWords(kind: string): string {
  const [family, name] = [kind.split(/[:=]/, 1)[0] ?? '', kind.slice(kind.search(/[:=]|$/) + 1)]
  if (family === 'global') return name
  if (family === 'object') return `what ${name} returned`
  if (family === 'persistent') return 'an object that the loader finds by id'
  if (family === 'unknown') return 'something that nothing here knows'
  if (family === 'none') return 'None'
  return `${/^[aeiou]/.test(family) ? 'an' : 'a'} ${family}`
}
