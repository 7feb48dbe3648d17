import { DEFAULT_WIDTH } from '../../report/layout.ts'
import { painterOf } from '../present.ts'
import { explainText, ruleCatalogue, rulesJson, rulesMarkdown, rulesText } from '../rule-catalogue.ts'

export interface RulesFlags {
  readonly format: 'text' | 'json' | 'markdown'
  readonly rules?: readonly string[]
  readonly color: boolean
}

/** `weighmaster rules`: every rule, a line each. */
export async function rulesCommand({ format, rules = [], color }: RulesFlags): Promise<void> {
  const all = await ruleCatalogue(rules)
  if (format === 'json') process.stdout.write(rulesJson(all))
  else process.stdout.write(format === 'markdown' ? rulesMarkdown(all) : rulesText(all, painterOf(color)))
}

/** `weighmaster explain RULE`: one rule in full. */
export async function explainCommand(id: string, flags: Omit<RulesFlags, 'format'>): Promise<void> {
  const all = await ruleCatalogue(flags.rules ?? [])
  const width = Math.min(process.stdout.columns || DEFAULT_WIDTH, 120)
  process.stdout.write(explainText(all, id, painterOf(flags.color), width))
}
