import { slice } from '../../bytes/source.ts'
import { begin, type Codec, type Decoded, decode } from '../../codec/compress/codec.ts'
import { anonymousName } from '../../model/artifact.ts'
import { COMPRESS_FACTS } from '../../model/compress-facts.ts'
import { ENTRY_FACTS } from '../../model/entry-facts.ts'
import { type Detect, type Emission, fact, type Inspector } from '../inspector.ts'
import { nameFacts } from './names.ts'

/** What makes one single-file compressor different from the others. */
export interface Compressed {
  readonly codec: Codec
  readonly probe: NonNullable<Detect['probe']>
  /** Suffix → what takes its place in the name of the content. joblib compresses under its own. */
  readonly suffixes: Readonly<Record<string, string>>
  /** Some readers stop behind the first member, others join them all. */
  readonly ambiguous?: boolean
}

/** joblib and pandas compress without a word of it in the name. */
const KEPT_SUFFIXES = ['.joblib', '.pkl', '.pickle']

/** The inspector of a format that holds one file, compressed: its only child is the joined content of all members. */
export function compressed({ codec, probe, suffixes, ambiguous }: Compressed): Inspector {
  return {
    id: codec.id,
    detect: { probe, suffix: [...Object.keys(suffixes), ...KEPT_SUFFIXES] },
    facts: { ...COMPRESS_FACTS, 'entry.name': ENTRY_FACTS['entry.name']! },
    async *inspect({ artifact, bytes }, { meter, signal }) {
      const decoded = decode(codec, bytes, meter)
      const { content, failure } = await begin(decoded, signal)
      if (failure) {
        // It broke before it gave a byte: there is no content, and the trouble is that of the compressed file itself.
        yield accounted(decoded, bytes.size)
        throw failure
      }
      const name = innerName(artifact.name, suffixes, decoded)
      yield { type: 'child', name, bytes: content }
      for (const { offset, length } of decoded.skipped) {
        const skipped = slice(bytes, offset, length)
        yield { type: 'child', name: anonymousName(offset), bytes: skipped, opaque: true }
      }
      yield accounted(decoded, bytes.size)
      yield* stated(codec.id, decoded, ambiguous ?? false)
    },
  }
}

function innerName(outer: string, suffixes: Readonly<Record<string, string>>, decoded: Decoded): string {
  const lower = outer.toLowerCase()
  const suffix = Object.keys(suffixes).find((s) => lower.endsWith(s) && lower.length > s.length)
  if (suffix !== undefined) return outer.slice(0, -suffix.length) + suffixes[suffix]
  const stored = decoded.names[0]?.name.split(/[\\/]/).at(-1)
  return stored || outer
}

/**
 * What lies behind a corrupt stream is searched by the engine. The rest of one that was given up for another reason
 * cannot be: it belongs to the content, whose trouble this is.
 */
function accounted({ whole, failure, consumed }: Decoded, size: number): Emission {
  const isSearched = whole || failure?.kind === 'corrupt'
  return { type: 'span', offset: 0, length: isSearched ? consumed : size, as: 'inspected' }
}

function* stated(codec: string, { members, names }: Decoded, ambiguous: boolean): Generator<Emission> {
  yield fact('compress.stream', { codec, members })
  if (ambiguous && members > 1) yield fact('compress.joined', { codec })
  for (const { name, at } of names) {
    yield* nameFacts(name, 'member', { offset: at })
  }
}
