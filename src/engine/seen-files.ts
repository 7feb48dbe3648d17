import type { Inspection } from '../model/report.ts'
import { measureKey } from '../model/signature.ts'
import type { SignatureBundle } from '../sign/bundle.ts'
import type { SeenFile } from '../sign/compare.ts'
import type { ArtifactDigests } from '../sign/statement.ts'
import type { Inspected } from './node.ts'

/** What the inspection hashed, by display path. */
export function seenFiles(inspection: Inspection, inspected: readonly Inspected[]): Map<string, SeenFile> {
  const files = new Map<string, SeenFile>()
  for (const { locator, size, digests } of inspection.artifacts) {
    if (locator.members.length > 0 || size === undefined) continue
    const sha256 = digests.find(({ origin }) => origin === 'computed')?.hex
    files.set(locator.root, {
      path: locator.root,
      size,
      digests: new Map(sha256 === undefined ? [] : [['sha256', [sha256]]]),
    })
  }
  for (const { artifacts, measured = [] } of inspected) {
    const held = files.get(artifacts[0]?.locator.root ?? '')
    if (!held || measured.length === 0) continue
    const more = measured.map(({ measure, digests }) => [measureKey(measure), digests] as const)
    files.set(held.path, { ...held, digests: new Map([...held.digests, ...more]) })
  }
  return files
}

export function digestsOf(file: SeenFile | undefined): ArtifactDigests {
  const whole = ['sha256', 'sha384', 'sha512'].flatMap((name) => {
    const [hex] = file?.digests.get(name) ?? []
    return hex === undefined ? [] : [[name, hex] as const]
  })
  return Object.fromEntries(whole)
}

export function messageDigest({ content }: SignatureBundle): ArtifactDigests {
  return content.kind === 'message' ? { [content.algorithm]: content.digest.toString('hex') } : {}
}
