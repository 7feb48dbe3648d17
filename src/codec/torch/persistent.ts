import type { ByteSource } from '../../bytes/source.ts'
import type { Descriptors } from '../pickle/descriptors.ts'
import { LITERAL_BYTES, type Literal, literalAt } from '../pickle/literals.ts'
import type { Elements } from '../pickle/stack.ts'

/** What `torch.save` wrote as persistent id: a storage, or a class with the source text that defined it. */
export type PersistentId =
  | {
      readonly kind: 'storage'
      /** `torch.FloatStorage` */
      readonly type: string
      readonly key: string
      readonly location: string
      readonly elements: number
    }
  | { readonly kind: 'module'; readonly file: string; readonly sourceAt: number }
  | { readonly kind: 'other' }

const OTHER: PersistentId = { kind: 'other' }

/** Reads the values of a persistent id back from the pickle. Several ids share their strings through the memo. */
export class PersistentReader {
  readonly #source: ByteSource
  readonly #descriptors: Descriptors
  readonly #literals = new Map<number, Literal>()

  constructor(source: ByteSource, descriptors: Descriptors) {
    this.#source = source
    this.#descriptors = descriptors
  }

  async read(id: Elements | undefined): Promise<PersistentId> {
    if (!id) return OTHER
    const tag = await this.#text(id.offsets[0])
    if (tag === 'module' && id.count >= 4) {
      return { kind: 'module', file: (await this.#text(id.offsets[2])) ?? '', sourceAt: id.offsets[3] ?? 0 }
    }
    if (tag !== 'storage' || id.count < 5) return OTHER
    const type = this.#descriptors.globalOf(id.descriptors[1] ?? 0)?.callable ?? ''
    const [key, location] = [await this.#text(id.offsets[2]), await this.#text(id.offsets[3])]
    const elements = await this.#integer(id.offsets[4])
    if (key === undefined || elements === undefined) return OTHER
    return { kind: 'storage', type, key, location: location ?? '', elements }
  }

  async #text(offset: number | undefined): Promise<string | undefined> {
    const literal = await this.#literal(offset)
    return literal?.kind === 'str' ? literal.value : undefined
  }

  async #integer(offset: number | undefined): Promise<number | undefined> {
    const literal = await this.#literal(offset)
    return literal?.kind === 'int' ? literal.value : undefined
  }

  async #literal(offset: number | undefined): Promise<Literal | undefined> {
    if (offset === undefined) return undefined
    const known = this.#literals.get(offset)
    if (known) return known
    // Keys and names are short; only what does not fit is read at its full length.
    const short = await this.#source.read(offset, SHORT)
    const literal =
      literalAt(short, 0) ?? literalAt(await this.#source.read(offset, LITERAL_BYTES + 16), 0) ?? undefined
    if (literal && this.#literals.size < LITERALS_KEPT) this.#literals.set(offset, literal)
    return literal
  }
}

const SHORT = 512
/** Strings shared by many ids are few: storage classes, locations. */
const LITERALS_KEPT = 65_536
