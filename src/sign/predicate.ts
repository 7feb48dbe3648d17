import { objectOf, textOf } from '../codec/json-values.ts'
import type { Statement } from './statement.ts'

export const SLSA_V02 = 'https://slsa.dev/provenance/v0.2'
export const SLSA_V1 = 'https://slsa.dev/provenance/v1'
export const VSA = 'https://slsa.dev/verification_summary/v1'

/** What a statement says of how something came to be, for people and rules; only what its signer answers for. */
export interface PredicateSummary {
  readonly predicate: string
  readonly builder?: string
  /** Where the source was. */
  readonly source?: string
  readonly ref?: string
  /** Of a verification summary: `PASSED` or `FAILED`. */
  readonly result?: string
}

export function summaryOf({ predicateType, predicate }: Statement): PredicateSummary {
  const present = (fields: Omit<PredicateSummary, 'predicate'>) => ({
    predicate: predicateType,
    ...Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== '')),
  })
  if (predicateType === SLSA_V1) {
    const workflow = objectOf(objectOf(objectOf(predicate.buildDefinition).externalParameters).workflow)
    const builder = textOf(objectOf(objectOf(predicate.runDetails).builder).id)
    return present({ builder, source: textOf(workflow.repository), ref: textOf(workflow.ref) })
  }
  if (predicateType === SLSA_V02) {
    const source = objectOf(objectOf(predicate.invocation).configSource)
    return present({ builder: textOf(objectOf(predicate.builder).id), source: textOf(source.uri) })
  }
  if (predicateType === VSA) {
    const builder = textOf(objectOf(predicate.verifier).id)
    return present({ builder, result: textOf(predicate.verificationResult) })
  }
  return { predicate: predicateType }
}
