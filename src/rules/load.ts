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

/** Asked only where rules must be checked: the catalogue comes with every inspector, the compiled rules without. */
export type LoadCatalogue = () => FactCatalogue | Promise<FactCatalogue>

/**
 * The shipped rules and those of further folders, checked against every fact there can be. Throws `UsageError` that
 * names `file:line:column`. The folders are the user's: nothing inside a scanned target is ever read as a rule.
 */
export async function loadRules(folders: readonly string[], catalogue: LoadCatalogue): Promise<Ruleset> {
  const shipped = ruleFiles(SHIPPED)
  const compiled = compiledRules(shipped)
  const base = compiled ?? (await parsedRules(shipped, await catalogue()))
  if (folders.length === 0) return compile(base)
  const added = folders.flatMap(ruleFiles)
  const { parseRules } = await import('./parse.ts')
  return compile(
    parseRules(added, await catalogue(), { ...base, digest: filesDigest([...shipped, ...added]) }),
  )
}

/** Run from source, a process that scans many times (the tests) reads the shipped files once. */
let parsed: { readonly key: string; readonly data: RuleData } | undefined

async function parsedRules(shipped: readonly RuleFile[], catalogue: FactCatalogue): Promise<RuleData> {
  const key = `${filesDigest(shipped)} ${JSON.stringify(catalogue)}`
  if (parsed?.key !== key) {
    const { parseRules } = await import('./parse.ts')
    parsed = { key, data: parseRules(shipped, catalogue) }
  }
  return parsed.data
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
