import { catalogue } from '../engine/catalogue.ts'
import { SEVERITIES, type Taxonomies } from '../model/finding.ts'
import { byCodePoint } from '../model/order.ts'
import { UsageError } from '../model/trouble.ts'
import { type Paint, wrap } from '../report/layout.ts'
import { codeCell, prose } from '../report/markdown-text.ts'
import { loadRules } from '../rules/load.ts'
import type { Condition, Rule } from '../rules/schema.ts'

/** The shipped rules and those of further folders, by file, the worst first. */
export async function ruleCatalogue(folders: readonly string[]): Promise<readonly Rule[]> {
  const { rules } = await loadRules(folders, async () => catalogue())
  const rank = (rule: Rule) => -SEVERITIES.indexOf(rule.severity)
  return rules.toSorted(
    (a, b) => byCodePoint(fileOf(a), fileOf(b)) || rank(a) - rank(b) || byCodePoint(a.id, b.id),
  )
}

function fileOf(rule: Rule): string {
  return rule.id.slice(0, rule.id.indexOf('/'))
}

export function rulesText(rules: readonly Rule[], paint: Paint): string {
  const wide = Math.max(...rules.map((rule) => rule.id.length))
  const lines = rules.map(
    ({ id, severity, title }) => `${paint(severity, severity.padEnd(8))}  ${id.padEnd(wide)}  ${title}`,
  )
  return `${lines.join('\n')}\n\n${rules.length} rules. One of them in full: weighmaster explain <rule>\n`
}

/** What a program may rely on of a rule; the condition is in the rule file. */
export function rulesJson(rules: readonly Rule[]): string {
  const rows = rules.map(({ id, title, severity, confidence, message, remediation, taxonomies }) => {
    return { id, title, severity, confidence, message, remediation, taxonomies }
  })
  return `${JSON.stringify(rows, null, 2)}\n`
}

/** docs/rules.md, which a test keeps current. */
export function rulesMarkdown(rules: readonly Rule[]): string {
  const out = ['# Rules', '', 'Written by `weighmaster rules -f markdown`; a test keeps it current.', '']
  out.push('An id is never renamed and never reused. `weighmaster explain <rule>` tells one in full.', '')
  for (const [file, own] of Map.groupBy(rules, fileOf)) {
    out.push(`## ${file}`, '', '| rule | severity | what it means | see |', '|---|---|---|---|')
    for (const { id, severity, title, taxonomies } of own) {
      out.push(
        `| ${codeCell(id)} | ${severity} | ${prose(title)} | ${taxonomyList(taxonomies).map(prose).join(', ')} |`,
      )
    }
    out.push('')
  }
  return out.join('\n')
}

/** One rule in full, for a person who met it in a report. Throws `UsageError` with the nearest ids if there is none. */
export function explainText(rules: readonly Rule[], id: string, paint: Paint, width: number): string {
  const rule = rules.find((r) => r.id === id)
  if (!rule) throw new UsageError(`there is no rule ${JSON.stringify(id)}${near(rules, id)}`)
  const { severity, confidence, title, message, remediation, taxonomies } = rule
  const see = taxonomyList(taxonomies)
  const section = (name: string, text: string) => [
    '',
    paint('strong', name),
    ...wrap(text, width - 2).map((line) => `  ${line}`),
  ]
  const sure = confidence === 'high' ? '' : `, ${confidence} confidence`
  const out = [
    `${paint(severity, severity.toUpperCase())}  ${paint('strong', title)}`,
    paint('faint', `${rule.id}${sure}`),
    ...section('What it says', message),
    ...section('What to do', remediation),
    ...section('What it asks for', `facts of the kind ${[...factKinds(rule.when)].join(', ')}`),
    ...(see.length > 0 ? section('See', see.join(' · ')) : []),
    ...section('How to accept it', acceptText(rule)),
  ]
  return `${out.join('\n')}\n`
}

function acceptText({ id, subject }: Rule): string {
  const waiver = `a waiver in the policy: rule ${id}, the digest or path of the artifact, a reason, an owner, an expiry`
  return subject === undefined ? waiver : `its {${subject}} under accept-globals of the policy, or ${waiver}`
}

function near(rules: readonly Rule[], id: string): string {
  const word = id.slice(id.indexOf('/') + 1)
  const found = rules.filter((r) => word.length > 2 && r.id.includes(word)).slice(0, 5)
  const hint = found.length > 0 ? `; did you mean ${found.map((r) => r.id).join(', ')}?` : ''
  return hint === '' ? '; weighmaster rules lists them all' : hint
}

function factKinds(when: Condition): Set<string> {
  if ('fact' in when) return new Set([when.fact])
  if ('not' in when) return factKinds(when.not)
  const parts = 'all' in when ? when.all : when.any
  return new Set(parts.flatMap((part) => [...factKinds(part)]))
}

function taxonomyList(t: Taxonomies): string[] {
  return [...t.cve, ...t.cwe, ...t.owasp.map((o) => `OWASP ${o}`), ...t.atlas.map((a) => `ATLAS ${a}`)]
}
