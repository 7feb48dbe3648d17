/** One bit per element of a list, for lists of any length. */
class Bits {
  readonly #words: Uint8Array

  constructor(count: number) {
    this.#words = new Uint8Array(Math.ceil(count / 8))
  }

  set(at: number): void {
    this.#words[at >> 3] = (this.#words[at >> 3] ?? 0) | (1 << (at & 7))
  }

  /** The first bit that is set here and not in `other`; undefined where there is none. */
  firstNotIn(other: Bits): number | undefined {
    const byte = this.#words.findIndex((word, i) => (word & ~(other.#words[i] ?? 0)) !== 0)
    if (byte < 0) return undefined
    const rest = (this.#words[byte] ?? 0) & ~(other.#words[byte] ?? 0)
    return byte * 8 + (31 - Math.clz32(rest & -rest))
  }
}

/** `llama_token_type` of tokens that stand for one byte; its text must be `<0xHH>`. */
const BYTE_TOKEN = 6
const BYTE_TEXT = /^<0x[\da-fA-F]{2}>$/
/** Lengths that tokenizers cast to a 32-bit integer (CVE-2025-49847). */
const LONGEST_TOKEN = 0x7fff_ffff

/** What of the tokenizer lists has to agree, kept in a bit per token. */
export class TokenLists {
  readonly lengths = new Map<string, number>()
  overlong: boolean = false
  #byteText: Bits | undefined
  #byteType: Bits | undefined

  /** Memory that the bits for a list take. */
  static cost(count: number): number {
    return Math.ceil(count / 8)
  }

  begin(key: string, count: number): void {
    this.lengths.set(key, count)
    if (key === 'tokenizer.ggml.tokens') this.#byteText = new Bits(count)
    if (key === 'tokenizer.ggml.token_type') this.#byteType = new Bits(count)
  }

  token(index: number, length: number, text: () => Uint8Array): void {
    if (length > LONGEST_TOKEN) this.overlong = true
    if (length === 6 && BYTE_TEXT.test(Buffer.from(text()).toString('latin1'))) this.#byteText?.set(index)
  }

  type(index: number, type: number): void {
    if (type === BYTE_TOKEN) this.#byteType?.set(index)
  }

  /** A token that claims to stand for a byte and does not say which one. */
  brokenByteToken(): number | undefined {
    if (!this.#byteText || !this.#byteType) return undefined
    return this.#byteType.firstNotIn(this.#byteText)
  }

  /** A list beside the tokens that has another length. */
  *disagreeing(): Generator<string> {
    const count = this.lengths.get('tokenizer.ggml.tokens')
    if (count === undefined) return
    for (const key of ['tokenizer.ggml.scores', 'tokenizer.ggml.token_type']) {
      const length = this.lengths.get(key)
      if (length !== undefined && length !== count) yield key
    }
  }
}
