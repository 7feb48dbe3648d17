import { type Artifact, displayPath } from '../model/artifact.ts'
import type { At } from '../model/fact.ts'
import { hang, padEnd, type Screen } from './layout.ts'
import { printable } from './printable.ts'

export const MARGIN = 2
/** Columns of the severity in front of a finding; everything below it hangs there. */
export const LABEL = 12

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

export function indent(text: string): string {
  return ' '.repeat(MARGIN + LABEL) + text
}
