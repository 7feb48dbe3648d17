import { detect, HEAD, type Match, namePromises, TAIL } from '../inspect/detect.ts'
import type { Inspector } from '../inspect/inspector.ts'
import type { FactDraft } from '../model/fact.ts'
import type { Node } from './node.ts'
import { REMOTE_DATA, REMOTE_HEAD, REMOTE_TAIL, REMOTE_WHOLE } from './remote-files.ts'

/**
 * The inspectors that run on an artifact: every strong match, the one its container hints at, or the best weak match.
 * Opaque bulk data is only ever a strong match.
 */
export async function recognise(inspectors: readonly Inspector[], node: Node): Promise<Match[]> {
  const hinted = inspectors.find((i) => i.id === node.format)
  if (node.unseen) return hinted ? [{ inspector: hinted, strength: 'strong' }] : []
  const matches = await matchesOf(inspectors, node)
  if (!hinted && !node.opaque) return matches
  // What a container says of a member is no proof: what only reading on can tell runs beside it. Tensor bytes are too many.
  const besides = matches.filter(
    (m) => m.inspector !== hinted && (m.strength === 'strong' || (m.strength === 'trial' && !node.opaque)),
  )
  return hinted ? [{ inspector: hinted, strength: 'strong' }, ...besides] : besides
}

async function matchesOf(
  inspectors: readonly Inspector[],
  { bytes, name, locator, opaque }: Node,
): Promise<Match[]> {
  const path = locator.members.at(-1) ?? locator.root
  const read = async (front: number, back: number) => {
    const head = (await bytes.read(0, front)).slice()
    const tail = bytes.size <= front ? head : await bytes.read(Math.max(0, bytes.size - back), back)
    return detect(inspectors, name, head, tail, bytes.size, path)
  }
  if (bytes.remote === undefined) return read(HEAD, TAIL)
  if (bytes.size <= REMOTE_WHOLE && !(opaque && bytes.size > REMOTE_DATA)) {
    await bytes.read(0, bytes.size)
    return read(HEAD, TAIL)
  }
  if (opaque) return read(REMOTE_DATA, REMOTE_DATA)
  // In steps, as far as it takes to be sure: each is a request.
  const first = await read(REMOTE_HEAD, REMOTE_TAIL)
  const strong = first.filter(({ strength }) => strength === 'strong')
  if (strong.some(({ inspector }) => inspector.detect.ownsTail)) return first
  return read(strong.length > 0 ? REMOTE_HEAD : HEAD, TAIL)
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
