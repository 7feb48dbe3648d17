import type { JsonObject } from '../model/fact.ts'
import type { Envelope } from './bundle.ts'
import { listIn, objectIn, readDocument, textIn } from './document.ts'
import { NotVerified } from './trouble.ts'

export const IN_TOTO = 'application/vnd.in-toto+json'
export const STATEMENT_V1 = 'https://in-toto.io/Statement/v1'
const STATEMENT_TYPES = new Set([STATEMENT_V1, 'https://in-toto.io/Statement/v0.1'])

/** An in-toto statement: these subjects have this property. Its names prove nothing, its digests do. */
export interface Statement {
  readonly subjects: readonly Subject[]
  readonly predicateType: string
  readonly predicate: JsonObject
}

export interface Subject {
  readonly name: string
  /** Algorithm → lower-case hex. */
  readonly digests: Readonly<Record<string, string>>
}

/** Digests of the artifact that is held against a statement, by in-toto's names of algorithms. */
export type ArtifactDigests = Readonly<Partial<Record<string, string>>>

const LENGTHS: Readonly<Record<string, number>> = { sha256: 64, sha384: 96, sha512: 128 }

/** Throws `NotVerified('no-statement')` for anything but a whole in-toto statement. */
export function readStatement({ payloadType, payload }: Envelope): Statement {
  if (payloadType !== IN_TOTO)
    throw new NotVerified('no-statement', `what is signed is '${payloadType.slice(0, 100)}' and no statement`)
  const json = readDocument(payload, 'the statement')
  if (!STATEMENT_TYPES.has(String(json._type)))
    throw new NotVerified('no-statement', `its _type is ${String(json._type).slice(0, 100)}`)
  const subjects = listIn(json.subject, 'subject').map((item) => readSubject(objectIn(item, 'a subject')))
  if (subjects.length === 0) throw new NotVerified('no-statement', 'the statement has no subject')
  return {
    subjects,
    predicateType: textIn(json.predicateType, 'predicateType'),
    predicate: objectIn(json.predicate, 'predicate'),
  }
}

function readSubject({ name, digest }: JsonObject): Subject {
  const digests: Record<string, string> = Object.create(null)
  for (const [algorithm, hex] of Object.entries(objectIn(digest, 'a digest'))) {
    const length = LENGTHS[algorithm]
    const isHex = typeof hex === 'string' && /^[0-9a-f]+$/.test(hex) && (length ?? hex.length) === hex.length
    if (!isHex)
      throw new NotVerified('no-statement', `a subject with a ${algorithm.slice(0, 40)} that is no digest`)
    digests[algorithm] = hex
  }
  if (Object.keys(digests).length === 0) throw new NotVerified('no-statement', 'a subject without a digest')
  return { name: typeof name === 'string' ? name : '', digests }
}

/**
 * The subject that is this artifact: at least one digest in common, and none that differs. The Sigstore library does not
 * do this; without it any statement of the same signer would pass for any file.
 */
export function subjectFor({ subjects }: Statement, artifact: ArtifactDigests): Subject | undefined {
  return subjects.find(({ digests }) => {
    const common = Object.keys(digests).filter((algorithm) => artifact[algorithm] !== undefined)
    return common.length > 0 && common.every((algorithm) => digests[algorithm] === artifact[algorithm])
  })
}
