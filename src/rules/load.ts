import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { FactCatalogue } from '../model/fact.ts'
import { compile, type Ruleset } from './compile.ts'
import { filesDigest, type RuleFile, ruleFiles } from './files.ts'
import type { RuleData } from './schema.ts'

/** The rules that ship: beside `src/` in the repository and beside `dist/` in the package. */
export const SHIPPED = path.join(import.meta.dirname, '..', '..', 'rules')

/** What the build makes of the shipped files: reading 3,000 signatures as YAML would take half a second each time. */
export const COMPILED = path.join(import.meta.dirname, '..', 'rules.json')

/**
 * The shipped rules and those of further folders, checked against every fact there can be. Throws `UsageError` that
 * names `file:line:column`. The folders are the user's: nothing inside a scanned target is ever read as a rule.
 */
export async function loadRules(folders: readonly string[], catalogue: FactCatalogue): Promise<Ruleset> {
  const shipped = ruleFiles(SHIPPED)
  const compiled = compiledRules(shipped)
  if (compiled && folders.length === 0) return compile(compiled)
  const added = folders.flatMap(ruleFiles)
  const { parseRules } = await import('./parse.ts')
  if (!compiled) return compile(parseRules([...shipped, ...added], catalogue))
  return compile(parseRules(added, catalogue, { ...compiled, digest: filesDigest([...shipped, ...added]) }))
}

/** The shipped rules as the build compiled them, if they are unmodified since. */
function compiledRules(shipped: readonly RuleFile[]): RuleData | undefined {
  let text: string
  try {
    text = readFileSync(COMPILED, 'utf8')
  } catch {
    return undefined
  }
  // Written by `.ci/build.js` from files that passed the checks; the digest ties it to them.
  const data = JSON.parse(text) as RuleData
  return data.digest === filesDigest(shipped) ? data : undefined
}
