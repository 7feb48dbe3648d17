import { createPrivateKey, generateKeyPairSync, type KeyObject, webcrypto } from 'node:crypto'
// The library finds its classes by reflection.
import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import type { JsonObject } from '../../model/fact.ts'
import { signStatement } from '../make.ts'

/** A key pair of tests as PEM; made anew for every run. */
export function testKey(namedCurve = 'P-384'): {
  readonly key: KeyObject
  readonly pem: string
  readonly publicPem: string
} {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve })
  return {
    key: privateKey,
    pem: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    publicPem: String(publicKey.export({ type: 'spki', format: 'pem' })),
  }
}

export interface CertificateOptions {
  readonly notBefore?: Date
  readonly notAfter?: Date
  readonly isAuthority?: boolean
  /** Authorities that may stand below it. */
  readonly pathLength?: number
  readonly usages?: number
  readonly extended?: readonly string[]
}

export interface TestCertificate {
  readonly name: string
  readonly pem: string
  readonly der: Buffer
  readonly key: KeyObject
  readonly keys: webcrypto.CryptoKeyPair
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

/** A certificate by an issuer, or by itself. */
export async function testCertificate(
  name: string,
  issuer: TestCertificate | undefined,
  options: CertificateOptions = {},
): Promise<TestCertificate> {
  const { isAuthority = false, pathLength, extended } = options
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const flags = x509.KeyUsageFlags
  const usages = options.usages ?? (isAuthority ? flags.keyCertSign : flags.digitalSignature)
  const certificate = await x509.X509CertificateGenerator.create(
    {
      serialNumber: '0102',
      subject: `CN=${name}`,
      issuer: `CN=${issuer?.name ?? name}`,
      notBefore: options.notBefore ?? new Date('2020-01-01'),
      notAfter: options.notAfter ?? new Date('2100-01-01'),
      signingAlgorithm: ALGORITHM,
      publicKey: keys.publicKey,
      signingKey: (issuer?.keys ?? keys).privateKey,
      extensions: [
        new x509.BasicConstraintsExtension(isAuthority, pathLength, true),
        new x509.KeyUsagesExtension(usages, true),
        ...(extended ? [new x509.ExtendedKeyUsageExtension([...extended])] : []),
      ],
    },
    webcrypto as unknown as Crypto,
  )
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey))
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })
  return { name, pem: certificate.toString('pem'), der: Buffer.from(certificate.rawData), key, keys }
}

/** A bundle over a statement by a key of tests, as bytes. */
export function bundleBytes(statement: JsonObject, key: KeyObject, chain: readonly Buffer[] = []): Buffer {
  return Buffer.from(JSON.stringify(signStatement(statement, { key, chain })))
}

/** Parses, lets `change` mutate a copy, and gives the bytes again: what an attacker does to a document. */
export function tampered(bytes: Buffer | JsonObject, change: (json: Loose) => void): Buffer {
  const json: Loose = JSON.parse(Buffer.isBuffer(bytes) ? bytes.toString() : JSON.stringify(bytes))
  change(json)
  return Buffer.from(JSON.stringify(json))
}

/** JSON that a test reaches into. */
// biome-ignore lint/suspicious/noExplicitAny: tests of malformed documents write anything anywhere.
export type Loose = any
