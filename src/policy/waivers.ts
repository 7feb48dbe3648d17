import { Glob } from '../codec/glob.ts'
import type { Finding } from '../model/finding.ts'
import type { Coverage } from '../model/report.ts'
import type { Places } from './places.ts'
import { COVERAGE, type Waiver } from './schema.ts'

/** A waiver with what the run made of it. */
interface Use {
  readonly waiver: Waiver
  readonly glob: Glob | undefined
  readonly expired: boolean
  used: boolean
}

/** The waivers of a policy at one moment. Remembers which were used, to warn about the others. */
export class Waivers {
  readonly #byRule = new Map<string, Use[]>()
  readonly #uses: Use[]
  readonly #places: Places

  constructor(waivers: readonly Waiver[], places: Places, now: Date) {
    const today = now.toISOString().slice(0, 10)
    this.#places = places
    this.#uses = waivers.map((waiver) => ({
      waiver,
      glob: 'path' in waiver.target ? new Glob(waiver.target.path) : undefined,
      expired: waiver.expires < today,
      used: false,
    }))
    for (const use of this.#uses) {
      const held = this.#byRule.get(use.waiver.rule)
      if (held) held.push(use)
      else this.#byRule.set(use.waiver.rule, [use])
    }
  }

  forFinding(finding: Finding): Waiver | undefined {
    return this.#find(finding.rule, finding.artifact, finding.path)
  }

  /** The waiver of an incompleteness: one for `coverage`, or one for the `parse/…` rule of every reason. */
  forCoverage(coverage: Coverage, path: string): readonly Waiver[] {
    const whole = this.#find(COVERAGE, coverage.artifact, path)
    if (whole) return [whole]
    const why = coverage.why ?? []
    const each = why.map((kind) => this.#find(`parse/${kind}`, coverage.artifact, path))
    const found = each.filter((waiver) => waiver !== undefined)
    return why.length > 0 && found.length === why.length ? found : []
  }

  /** Cheap test that saves the path of an artifact where no waiver could clear it. */
  mayClear(coverage: Coverage): boolean {
    return (
      this.#byRule.has(COVERAGE) || (coverage.why ?? []).some((kind) => this.#byRule.has(`parse/${kind}`))
    )
  }

  #find(rule: string, artifact: string, path: string): Waiver | undefined {
    let found: Waiver | undefined
    for (const use of this.#byRule.get(rule) ?? []) {
      if (!this.#covers(use, artifact, path)) continue
      use.used = true
      if (!use.expired) found ??= use.waiver
    }
    return found
  }

  #covers(use: Use, artifact: string, path: string): boolean {
    const { target } = use.waiver
    return 'digest' in target
      ? this.#places.isWithin(artifact, target.digest)
      : (use.glob?.matches(path) ?? false)
  }

  warnings(): string[] {
    return this.#uses.flatMap(({ waiver, expired, used }) => {
      const what = `${waiver.place}: the waiver for ${waiver.rule} (${waiver.owner})`
      if (expired && used)
        return `${what} expired on ${waiver.expires}: what it covered counts again; fix it or renew it`
      if (expired) return `${what} expired on ${waiver.expires} and covers nothing here; remove it`
      return used
        ? []
        : `${what} was not used: nothing matches ${shownTarget(waiver)}; remove it or correct it`
    })
  }
}

function shownTarget(waiver: Waiver): string {
  return 'digest' in waiver.target ? `sha256:${waiver.target.digest.slice(0, 12)}…` : waiver.target.path
}
