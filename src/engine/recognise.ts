import { detect, HEAD, type Match, namePromises, TAIL } from '../inspect/detect.ts'
import type { Inspector } from '../inspect/inspector.ts'
import type { FactDraft } from '../model/fact.ts'
import type { Node } from './node.ts'

/**
 * The inspectors that run on an artifact: every strong match, the one its container hints at, or the best weak match.
 * Opaque bulk data is only ever a strong match.
 */
export async function recognise(inspectors: readonly Inspector[], node: Node): Promise<Match[]> {
  const { bytes, name } = node
  const head = (await bytes.read(0, HEAD)).slice()
  const tail = bytes.size <= HEAD ? head : await bytes.read(Math.max(0, bytes.size - TAIL), TAIL)
  const matches = detect(inspectors, name, head, tail, bytes.size)
  const hinted = inspectors.find((i) => i.id === node.format)
  if (!hinted && !node.opaque) return matches
  // What a container says of a member is no proof: what only reading on can tell runs beside it. Tensor bytes are too many.
  const besides = matches.filter(
    (m) => m.inspector !== hinted && (m.strength === 'strong' || (m.strength === 'trial' && !node.opaque)),
  )
  return hinted ? [{ inspector: hinted, strength: 'strong' }, ...besides] : besides
}

/** A name that promises a format over the content of another. Regions and hinted streams have no name to keep. */
export function nameMismatch(
  inspectors: readonly Inspector[],
  node: Node,
  matched: readonly Inspector[],
): FactDraft | undefined {
  const actual = matched[0]
  if (!actual || node.region || node.name.startsWith('@')) return undefined
  if (actual.detect.bare?.test(node.name.toLowerCase())) return undefined
  const promising = inspectors.filter((i) => namePromises(i.detect, node.name) !== undefined)
  const claimed = promising[0]
  if (!claimed || promising.some((i) => matched.includes(i))) return undefined
  const suffix = namePromises(claimed.detect, node.name) ?? ''
  return { kind: 'content.name-mismatch', data: { suffix, claimed: claimed.id, actual: actual.id } }
}
