import { treeDigest } from '../lock/tree.ts'
import type { JsonObject } from '../model/fact.ts'
import type { Report } from '../model/report.ts'
import { UsageError } from '../model/trouble.ts'
import { VSA } from '../sign/predicate.ts'
import { STATEMENT_V1 } from '../sign/statement.ts'
import { runTime } from './clock.ts'
import { innerPath } from './entries.ts'
import { VERSION } from './version.ts'

export interface SummaryOptions {
  /** Who answers for the verdict (a URI). */
  readonly verifier: string
  /** What the subject is called; the target's path unless given. */
  readonly resource?: string
}

/**
 * A SLSA verification summary (https://slsa.dev/verification_summary/v1) of a verdict about one target. The subject of a
 * folder is its `treeDigest` over everything that was inspected in it; of a file, its SHA-256. Only `pass` is PASSED.
 */
export function verificationSummary(report: Report, { verifier, resource }: SummaryOptions): JsonObject {
  const [target, more] = report.targets
  if (target === undefined || more !== undefined) throw new UsageError('attest: one target at a time')
  const passed = report.verdict.outcome === 'pass'
  return {
    _type: STATEMENT_V1,
    subject: [{ name: resource ?? target, digest: { sha256: subjectDigest(report, target) } }],
    predicateType: VSA,
    predicate: {
      verifier: { id: verifier, version: { weighmaster: VERSION } },
      timeVerified: runTime().toISOString(),
      resourceUri: resource ?? target,
      policy: {
        uri: `weighmaster:${report.policy.name}`,
        digest: { sha256: report.policy.digest },
        annotations: { failOn: report.policy.failOn, rulesDigest: report.tool.rulesDigest },
      },
      verificationResult: passed ? 'PASSED' : 'FAILED',
      verifiedLevels: [passed ? 'SLSA_BUILD_LEVEL_UNEVALUATED' : 'FAILED'],
      slsaVersion: '1.1',
    },
  }
}

function subjectDigest({ artifacts }: Report, target: string): string {
  const files = artifacts.filter(({ locator, size }) => locator.members.length === 0 && size !== undefined)
  const named = files.map(({ locator, digests }) => {
    const sha256 = digests.find(({ origin }) => origin === 'computed')?.hex
    if (sha256 === undefined)
      throw new UsageError(`${locator.root}: was not hashed, so nothing can be attested about it`)
    return { path: innerPath(locator.root, target), sha256 }
  })
  if (named.length === 0) throw new UsageError(`${target}: there is no file to attest anything about`)
  const isFile = files.length === 1 && files[0]?.locator.root === target
  return isFile ? (named[0]?.sha256 ?? '') : treeDigest(named).slice('sha256:'.length)
}
