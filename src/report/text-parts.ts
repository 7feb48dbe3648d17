import { type Artifact, displayPath } from '../model/artifact.ts'
import type { At } from '../model/fact.ts'
import { hang, padEnd, type Screen } from './layout.ts'
import { printable } from './printable.ts'

export const MARGIN = 2
/** Columns of the severity in front of a finding; everything below it hangs there. */
export const LABEL = 12

const FIXES_SHOWN = 3

/** The members that lead from the root file to a place, or nothing for the file itself. */
export function memberOf(path: string, root: Artifact): string {
  const prefix = `${displayPath({ root: root.locator.root, members: [] })}!/`
  return path.startsWith(prefix) ? path.slice(prefix.length) : ''
}

export function placeText(at: At | undefined): string {
  if (!at) return ''
  if ('offset' in at) return `0x${at.offset.toString(16)}`
  if ('line' in at) return `${at.line}:${at.column}`
  return printable(at.pointer)
}

/** A named paragraph under a finding: `Fix`, `Accept`, `See`. */
export function field(name: string, text: string, screen: Screen, faint = false): string[] {
  const label = ' '.repeat(MARGIN + LABEL) + padEnd(name, 8)
  const [line = '', ...rest] = hang(label, text, screen.width, (l) => (faint ? screen.paint('faint', l) : l))
  return [line.replace(name, screen.paint(faint ? 'faint' : 'strong', name)), ...rest]
}

/** What to do, unless the report has said so already. */
export function fixLines(fixes: Iterable<string>, told: Set<string>, screen: Screen): string[] {
  const news = [...new Set(fixes)].slice(0, FIXES_SHOWN).filter((fix) => !told.has(fix))
  for (const fix of news) told.add(fix)
  if (news.length === 0) return field('Fix', 'as above', screen)
  return news.flatMap((fix, i) => field(i === 0 ? 'Fix' : '', printable(fix), screen))
}

export function indent(text: string): string {
  return ' '.repeat(MARGIN + LABEL) + text
}
