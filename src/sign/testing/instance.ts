import { createPublicKey, generateKeyPairSync, hash, type KeyObject, sign as signBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { bundleToJSON } from '@sigstore/bundle'
import {
  fulcioHandler,
  type HandlerFn,
  initializeCA,
  initializeCTLog,
  initializeTLog,
  rekorHandler,
} from '@sigstore/mock'
import { DSSEBundleBuilder, RekorWitness } from '@sigstore/sign'
import { attest, sign } from 'sigstore'
import type { JsonObject } from '../../model/fact.ts'

/** A Sigstore instance of its own on loopback: certificate authority, certificate log, transparency log. */
export interface TestInstance extends AsyncDisposable {
  readonly fulcioURL: string
  readonly rekorURL: string
  /** Its trusted root, as JSON; another root is a changed copy. */
  readonly root: JsonObject
  /** An OIDC token for an identity; unsigned, the instance believes anything. */
  token(claims?: Readonly<Record<string, string>>): string
  /** A bundle over a statement, made by the real client. */
  statement(payload: string | Buffer, payloadType?: string): Promise<JsonObject>
  /** A bundle over the bytes of a file, made by the real client. */
  message(bytes: Buffer): Promise<JsonObject>
  /** A bundle over a statement by a key that the log has seen, as npm's publish attestations are. */
  byKey(payload: string, key: KeyObject, hint: string): Promise<JsonObject>
}

export const IDENTITY = 'https://example.org/release@refs/tags/v1'
export const ISSUER = 'https://id.example.org'

const keyPair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })

/** `clock` is what the authority and the logs take for now. */
export async function testInstance(clock?: Date): Promise<TestInstance> {
  const ctLog = await initializeCTLog(keyPair(), clock)
  const ca = await initializeCA(keyPair(), ctLog, clock)
  const log = await initializeTLog('https://rekor.example.org', keyPair(), clock)
  const canonical = {
    ...log,
    publicKey: log.publicKey,
    log: (entry: object) => log.log(canonicalEntry(entry)),
  }
  const fulcio = fulcioHandler(ca, { subjectClaim: 'sub' })
  const handlers = new Map<string, HandlerFn>(
    [fulcio, rekorHandler({ ...canonical, logV2: log.logV2.bind(log) })].map(({ path, fn }) => [path, fn]),
  )
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const answer = await handlers.get(request.url ?? '')?.(Buffer.concat(chunks).toString())
    response.writeHead(answer?.statusCode ?? 404, { 'content-type': answer?.contentType ?? 'text/plain' })
    response.end(answer?.response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const services = () => ({ fulcioURL: url, rekorURL: url, identityToken: token() })
  return {
    fulcioURL: url,
    rekorURL: url,
    root: rootOf(Buffer.from(ca.rootCertificate.buffer), log.publicKey, ctLog),
    token,
    statement: async (payload, type = 'application/vnd.in-toto+json') =>
      (await attest(Buffer.from(payload), type, services())) as unknown as JsonObject,
    message: async (bytes) => (await sign(bytes, services())) as unknown as JsonObject,
    byKey: async (payload, key, hint) => {
      const signer = {
        sign: async (data: Buffer) => {
          const publicKey = String(createPublicKey(key).export({ type: 'spki', format: 'pem' }))
          return {
            signature: signBytes('sha256', data, key),
            key: { $case: 'publicKey' as const, publicKey, hint },
          }
        },
      }
      const witnesses = [new RekorWitness({ rekorBaseURL: url, entryType: 'dsse' })]
      const artifact = { data: Buffer.from(payload), type: 'application/vnd.in-toto+json' }
      const bundle = await new DSSEBundleBuilder({ signer, witnesses }).create(artifact)
      return bundleToJSON(bundle) as unknown as JsonObject
    },
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

function token(claims: Readonly<Record<string, string>> = {}): string {
  const part = (json: object) => Buffer.from(JSON.stringify(json)).toString('base64url')
  const body = { iss: ISSUER, sub: IDENTITY, aud: 'sigstore', exp: 4_102_444_800, iat: 1, ...claims }
  return `${part({ alg: 'none', typ: 'JWT' })}.${part(body)}.`
}

/** What Rekor makes of a proposed DSSE entry; the mock gives back what was proposed. */
function canonicalEntry(entry: object): object {
  const { kind, spec } = entry as { kind: string; spec?: { proposedContent?: Proposed } }
  const proposed = spec?.proposedContent
  if (kind !== 'dsse' || !proposed) return entry
  const envelope: { payload: string; signatures: { sig: string }[] } = JSON.parse(proposed.envelope)
  const sha256 = (data: string | Buffer) => ({ algorithm: 'sha256', value: hash('sha256', data, 'hex') })
  return {
    apiVersion: '0.0.1',
    kind: 'dsse',
    spec: {
      envelopeHash: sha256(proposed.envelope),
      payloadHash: sha256(Buffer.from(envelope.payload, 'base64')),
      signatures: envelope.signatures.map(({ sig }, i) => ({
        signature: sig,
        verifier: proposed.verifiers[i],
      })),
    },
  }
}

interface Proposed {
  readonly envelope: string
  readonly verifiers: readonly string[]
}

function rootOf(
  authority: Buffer,
  log: Buffer,
  ctLog: { readonly publicKey: Buffer; readonly logID: ArrayBufferView<ArrayBuffer> },
): JsonObject {
  const validFor = { start: '2020-01-01T00:00:00Z' }
  const logOf = (baseUrl: string, key: Buffer, id: Buffer): JsonObject => ({
    baseUrl,
    hashAlgorithm: 'SHA2_256',
    publicKey: { rawBytes: key.toString('base64'), keyDetails: 'PKIX_ECDSA_P256_SHA_256', validFor },
    logId: { keyId: id.toString('base64') },
  })
  return {
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: [logOf('https://rekor.example.org', log, hash('sha256', log, 'buffer'))],
    certificateAuthorities: [
      {
        subject: { organization: 'sigstore.mock', commonName: 'sigstore' },
        uri: 'https://fulcio.example.org',
        certChain: { certificates: [{ rawBytes: authority.toString('base64') }] },
        validFor,
      },
    ],
    ctlogs: [logOf('https://ctfe.example.org', ctLog.publicKey, Buffer.from(ctLog.logID.buffer))],
    timestampAuthorities: [],
  }
}
