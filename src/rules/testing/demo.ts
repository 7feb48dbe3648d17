import { type Artifact, artifactId } from '../../model/artifact.ts'
import type { At, Fact, JsonObject } from '../../model/fact.ts'
import { compile, type Ruleset } from '../compile.ts'
import type { Condition, List, Rule } from '../schema.ts'

/** A rule that is only its condition. */
export function ruleOf(when: Condition, changes: Partial<Rule> = {}): Rule {
  return {
    id: 'demo/rule',
    title: 'Demo',
    severity: 'high',
    confidence: 'high',
    when,
    message: 'found',
    remediation: 'none',
    taxonomies: { cwe: [], owasp: [], atlas: [], cve: [] },
    examples: { hit: [], miss: [] },
    ...changes,
  }
}

export function rulesetOf(rules: readonly Rule[], lists: Readonly<Record<string, List>> = {}): Ruleset {
  return compile({ rules, lists, digest: '' })
}

export function artifactOf(root: string, ...members: string[]): Artifact {
  const locator = { root, members }
  return { id: artifactId(locator), locator, name: members.at(-1) ?? root, formats: [], digests: [] }
}

export function factOf(
  artifact: Artifact,
  kind: string,
  data: JsonObject,
  more: { at?: At; count?: number; text?: string } = {},
): Fact {
  const location = {
    ...(more.at ? { at: more.at } : {}),
    ...(more.text === undefined ? {} : { text: more.text }),
  }
  const at = more.at ? { at: more.at } : {}
  return { kind, artifact: artifact.id, ...at, count: more.count ?? 1, locations: [location], data }
}
