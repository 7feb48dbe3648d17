/**
 * TypeScript that its grammar does not know, spelt so that it does: labels of tuples that are keywords elsewhere
 * (`[string: string]`), variance of type parameters (`<in out T>`), `export type *`. Each pattern stands where nothing that
 * runs can stand, and is replaced by as many characters, so that offsets hold.
 */
const GAPS: readonly {
  readonly pattern: RegExp
  readonly spell: (all: string, ...groups: string[]) => string
}[] = [
  {
    pattern:
      /(?<=[[,](?:\s|\/\*(?:[^*]|\*(?!\/))*\*\/)*(?:\.{3})?)(?:abstract|any|boolean|const|import|infer|keyof|module|namespace|never|new|null|number|object|readonly|string|symbol|this|typeof|undefined|unique|unknown|void)(?=\s*\??:)/g,
    spell: (word) => 'x'.repeat(word.length),
  },
  {
    pattern: /(?<=[<,](?:\s|\/\*(?:[^*]|\*(?!\/))*\*\/)*)(?:in\s+out|in|out)(?=\s+[\p{L}_$])/gu,
    spell: (words) => ' '.repeat(words.length),
  },
  {
    pattern: /(?<=\bexport\s+)type(?=\s*\*)/g,
    spell: (word) => ' '.repeat(word.length),
  },
]

/** How far from the ends of what the parser calls an error its cause may be, in characters. */
const NEAR = 120

/**
 * The text with what the grammar does not know near these errors spelt another way; undefined where there is nothing of
 * the kind. Whoever asks parses again, and takes it only if no error is left: what is not TypeScript stays an error.
 */
export function spelledForGrammar(
  text: string,
  errors: readonly { readonly start: number; readonly end: number }[],
): string | undefined {
  let out = text
  for (const place of errors.flatMap(({ start, end }) => [start, end])) {
    const from = Math.max(0, place - NEAR)
    let part = out.slice(from, place + NEAR)
    for (const { pattern, spell } of GAPS) part = part.replace(pattern, spell)
    out = out.slice(0, from) + part + out.slice(from + part.length)
  }
  return out === text ? undefined : out
}
