import { Glob } from '../codec/glob.ts'
import type { Signer, SignerRule } from '../model/signature.ts'
import { type ReadySigner, readSigners } from '../sign/signers.ts'

/** Who must have signed what, with the folder that the paths of keys are relative to. */
export interface SignerDemand {
  readonly rules: readonly SignerRule[]
  readonly folder: string
}

export interface ReadyRule {
  readonly match: string
  readonly signers: readonly ReadySigner[]
}

/** Something that must be signed, by its display path: a target, a folder or a file in it. */
export interface Wanted {
  readonly display: string
  readonly rule: ReadyRule
}

/** Which rule is about what. Of several that match, the last one counts, as with overrides of a policy. */
export class SignerRules {
  readonly #rules: readonly { readonly glob: Glob; readonly rule: ReadyRule }[]

  private constructor(rules: readonly ReadyRule[]) {
    this.#rules = rules.map((rule) => ({ glob: new Glob(rule.match), rule }))
  }

  /** Reads all keys and authorities, so that a mistake shows before any work is done. Throws `UsageError`. */
  static async from(demands: readonly SignerDemand[]): Promise<SignerRules> {
    const ready: ReadyRule[] = []
    for (const { rules, folder } of demands)
      for (const { match, anyOf } of rules) ready.push({ match, signers: await readSigners(anyOf, folder) })
    return new SignerRules(ready)
  }

  get isEmpty(): boolean {
    return this.#rules.length === 0
  }

  ruleFor(...names: readonly string[]): ReadyRule | undefined {
    return this.#rules.findLast(({ glob }) => names.some((name) => glob.matches(name)))?.rule
  }

  /**
   * What must be signed among the files of a target: the outermost folder or file on the way to each that a rule
   * matches, once. `names` are what the target itself is called beside its display path (the reference).
   */
  wanted(target: string, names: readonly string[], files: readonly string[]): Wanted[] {
    const found = new Map<string, Wanted>()
    const own = this.ruleFor(target, ...names)
    if (own) return [{ display: target, rule: own }]
    const known = new Map<string, ReadyRule | undefined>()
    for (const file of files) {
      for (const place of waysTo(file, target)) {
        if (!known.has(place)) known.set(place, this.ruleFor(place))
        const rule = known.get(place)
        if (!rule) continue
        found.set(place, { display: place, rule })
        break
      }
    }
    return [...found.values()]
  }
}

/** `a/b`, `a/b/c`, … from below the target down to the file. */
function* waysTo(file: string, target: string): Generator<string> {
  const base = target === '.' ? 0 : target.length + 1
  for (let at = file.indexOf('/', base); at >= 0; at = file.indexOf('/', at + 1)) yield file.slice(0, at)
  yield file
}

/** How a wanted signer is told to a person. */
export function describeSigner(signer: Signer): string {
  const { method, identity, identityPattern, issuer, fingerprint, key, chain } = signer
  const who = identity ?? identityPattern ?? fingerprint ?? key ?? chain ?? 'anybody'
  return `${method} ${who}${issuer === undefined ? '' : ` (${issuer})`}`
}
