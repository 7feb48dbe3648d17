import type { JsonObject } from '../../model/fact.ts'
import type { How, Stated } from './bill.ts'

/** The `bom-ref` of this program in every bill. */
export const TOOL_REF = 'tool:weighmaster'

/**
 * Who says what, field by field (CycloneDX 1.7 `citations`): what was measured is attributed to this program, what was declared to the
 * file or service that declares it. Pointers are RFC 6901, into the document that is being written.
 */
export class Citations {
  readonly #sources: ReadonlySet<string>
  readonly #by = new Map<string, { readonly how: How; readonly pointers: string[] }>()

  /** `sources`: the references that the document defines, which alone can be cited. */
  constructor(sources: ReadonlySet<string>) {
    this.#sources = sources
  }

  add(pointer: string, { how, by }: Pick<Stated, 'how' | 'by'>): void {
    const ref = how === 'measured' ? TOOL_REF : this.#refOf(by)
    if (ref === undefined) return
    const held = this.#by.get(ref) ?? { how, pointers: [] }
    this.#by.set(ref, held)
    held.pointers.push(pointer)
  }

  /** What is stated in a member is attributed to the file on disk that it is in. */
  #refOf(by: string): string | undefined {
    const names = [`file:${by}`, `file:${by.split('!/')[0]}`, serviceRef(by)]
    return names.find((ref) => this.#sources.has(ref))
  }

  *all(timestamp: string): Generator<JsonObject> {
    for (const [attributedTo, { how, pointers }] of this.#by)
      yield { pointers, timestamp, attributedTo, note: NOTES[how] }
  }
}

const NOTES: Readonly<Record<How, string>> = {
  measured: 'Measured: computed from the bytes of the files.',
  declared: 'Declared: taken as it is said there; nothing here proves it.',
}

export function serviceRef(endpoint: string): string {
  return `service:${endpoint}`
}
