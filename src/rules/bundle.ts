import { ruleFiles } from './files.ts'
import { parseRules } from './parse.ts'
import type { RuleData } from './schema.ts'

/** The shipped rules as the build stores them in `dist/rules.json`: checked but for the facts, which the tests check. */
export function bundleRules(folder: string): RuleData {
  return parseRules(ruleFiles(folder), undefined)
}
