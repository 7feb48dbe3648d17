import { type LinearRegex, linearRegex } from './regex.ts'

/**
 * Globs over display paths. Own code because the paths are an attacker's: the match is linear in the path, which
 * backtracking glob libraries are not. A glob is anchored at both ends: `a.pt` does not match `evil.zip!/a.pt`.
 *
 * `?` one character and `*` any number but `/`; `**` anything, members of containers included; `[a-z]`, `[!a-z]`,
 * `{a,b}`; a backslash takes the next character as it is. A path that equals the glob letter by letter matches too.
 */
export class Glob {
  readonly #text: string
  #regex: LinearRegex | undefined

  constructor(text: string) {
    this.#text = withoutDot(text)
  }

  matches(path: string): boolean {
    const plain = withoutDot(path)
    if (plain === this.#text) return true
    this.#regex ??= linearRegex(globRegex(this.#text))
    return this.#regex.test(plain)
  }
}

function withoutDot(path: string): string {
  return path.replace(/^(\.\/)+/, '')
}

/** The glob as a regular expression; throws where it is malformed. */
export function globRegex(glob: string): string {
  let out = ''
  let braces = 0
  for (let i = 0; i < glob.length; i++) {
    const rest = glob.slice(i)
    const token = /^(\*\*\/|\*\*|\\[\s\S]|\[!?\]?[^\]]*\]|[\s\S])/u.exec(rest)?.[0] ?? rest
    i += token.length - 1
    if (token === '{') braces++
    if (token === '}') braces--
    if (braces < 0) throw new Error("'}' without '{'")
    out += translate(token, braces)
  }
  if (braces > 0) throw new Error("'{' without '}'")
  return `^(?:${out})$`
}

function translate(token: string, braces: number): string {
  if (token === '**/') return '(?:.*/)?'
  if (token === '**') return '.*'
  if (token === '*') return '[^/]*'
  if (token === '?') return '[^/]'
  if (token === '{') return '(?:'
  if (token === '}') return ')'
  if (token === ',' && braces > 0) return '|'
  if (token === '[') throw new Error("'[' without ']'")
  if (token === '\\') throw new Error('a backslash at the end')
  if (token.startsWith('\\')) return quote(token.slice(1))
  if (!token.startsWith('[')) return quote(token)
  const negated = token[1] === '!'
  const inside = token.slice(negated ? 2 : 1, -1)
  if (inside === '') throw new Error("'[]' matches nothing")
  return `[${negated ? '^/' : ''}${inside.replace(/[\\\]^[]/g, '\\$&')}]`
}

function quote(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
