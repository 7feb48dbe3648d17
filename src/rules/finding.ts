import { hash } from 'node:crypto'
import { displayPath } from '../model/artifact.ts'
import { canonicalJson, type Fact, type Json, type JsonObject, LOCATIONS_KEPT } from '../model/fact.ts'
import type { Finding } from '../model/finding.ts'
import type { CompiledRule } from './compile.ts'
import { PLACEHOLDER } from './schema.ts'

/** Characters of one value in a message; the whole value is in the fact. */
const VALUE_SHOWN = 200

/** Turns rules that fired into findings, numbering those that differ by nothing but their place. */
export class Findings {
  readonly #seen = new Map<string, number>()

  make(compiled: CompiledRule, facts: readonly [Fact, ...Fact[]], path: string): Finding {
    const { rule } = compiled
    const [lead] = facts
    const subject = compiled.subject === undefined ? undefined : lead.data[compiled.subject]
    return {
      rule: rule.id,
      title: rule.title,
      severity: rule.severity,
      confidence: rule.confidence,
      artifact: lead.artifact,
      path,
      message: fill(rule.message, lead.data),
      ...(lead.at ? { at: lead.at } : {}),
      evidence: facts.flatMap((fact) => fact.locations).slice(0, LOCATIONS_KEPT),
      count: facts.reduce((sum, fact) => sum + fact.count, 0),
      ...(typeof subject === 'string' ? { subject } : {}),
      remediation: fill(rule.remediation, lead.data),
      taxonomies: rule.taxonomies,
      fingerprint: this.#fingerprint(rule.id, path, lead),
    }
  }

  /** Stable when bytes are inserted before it: places are left out, and equal ones are numbered in their order. */
  #fingerprint(rule: string, path: string, lead: Fact): string {
    const what = canonicalJson([rule, path, lead.kind, withoutPlaces(lead.data)])
    const ordinal = this.#seen.get(what) ?? 0
    this.#seen.set(what, ordinal + 1)
    return hash('sha256', `${what}#${ordinal}`, 'hex')
  }
}

function withoutPlaces(data: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(data).filter(([key]) => !/^offsets?$|Offsets?$/.test(key)))
}

/** Data comes from the artifact: what could forge output is percent-encoded, as it is in paths. */
function fill(message: string, data: JsonObject): string {
  return message.replace(PLACEHOLDER, (_, field: string) => {
    const value = Object.hasOwn(data, field) ? data[field] : undefined
    return value === undefined || value === null ? '?' : shown(value)
  })
}

function shown(value: Json): string {
  const text = plain(value)
  const short = text.length > VALUE_SHOWN ? `${text.slice(0, VALUE_SHOWN)}…` : text
  return displayPath({ root: short, members: [] })
}

function plain(value: Json): string {
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return value.map(plain).join(', ')
  return JSON.stringify(value)
}
