import { X509Certificate as NodeCertificate } from 'node:crypto'
import { X509Certificate } from '@sigstore/core'
import { NotVerified } from './trouble.ts'

const CODE_SIGNING = '1.3.6.1.5.5.7.3.3'

interface Certificate {
  readonly node: NodeCertificate
  readonly core: X509Certificate
}

/** The certificates of a PEM file. Throws `NotVerified('chain')` where there is none or one that cannot be read. */
export function readCertificates(pem: string, what: string): Buffer[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? []
  if (blocks.length === 0) throw new NotVerified('chain', `${what} holds no certificate in PEM`)
  return blocks.map((block) => parse(block, what).node.raw)
}

/**
 * The signing certificate of an OMS bundle, once a path leads from it to one of the authorities, all valid at `now`
 * (the specification; the reference tool asks whether they were valid when the certificate began, so that none ever
 * expires). Nobody is asked about revocation. RFC 5280: signatures, names, CA flags, key usage and path lengths.
 */
export function verifyChain(
  certificates: readonly Buffer[],
  authorities: readonly Buffer[],
  now: Date,
): NodeCertificate {
  const [first, ...rest] = certificates
  if (!first) throw new NotVerified('chain', 'the signature has no certificate')
  const leaf = parse(first, 'the signing certificate')
  const anchors = authorities.map((der) => parse(der, 'a trusted authority'))
  const between = rest.map((der) => parse(der, 'a certificate of the chain'))
  checkUsage(leaf)
  if (!within(leaf, now))
    throw new NotVerified(
      'expired',
      `the certificate is valid from ${leaf.node.validFrom} to ${leaf.node.validTo}`,
    )
  const expired: Certificate[] = []
  if (!leads(leaf, between, anchors, now, 0, expired)) {
    throw expired.length > 0
      ? new NotVerified('expired', 'a certificate of the chain is not valid now')
      : new NotVerified('chain', 'no chain leads from the certificate to a trusted authority')
  }
  return leaf.node
}

function parse(der: Buffer | string, what: string): Certificate {
  try {
    const node = new NodeCertificate(der)
    return { node, core: X509Certificate.parse(Buffer.from(node.raw)) }
  } catch {
    throw new NotVerified('chain', `${what} is no certificate that can be read`)
  }
}

/** OMS 1.0: digitalSignature, or codeSigning as an extended use. An authority's certificate may sign if it says so. */
function checkUsage({ node, core }: Certificate): void {
  const may = core.extKeyUsage?.digitalSignature || node.keyUsage?.includes(CODE_SIGNING)
  if (!may) throw new NotVerified('chain', 'the certificate is not meant for signatures (key usage)')
  const extended = node.keyUsage
  if (extended && extended.length > 0 && !extended.includes(CODE_SIGNING))
    throw new NotVerified('chain', 'the certificate is meant for something else than signing code')
}

/** Is there a path upwards? `depth` counts the authorities below, as the path length constraint does. */
function leads(
  certificate: Certificate,
  between: readonly Certificate[],
  anchors: readonly Certificate[],
  now: Date,
  depth: number,
  expired: Certificate[],
): boolean {
  const signs = (issuer: Certificate) => {
    if (!isIssuer(issuer, certificate, depth)) return false
    if (within(issuer, now)) return true
    expired.push(issuer)
    return false
  }
  if (anchors.some((anchor) => anchor.node.raw.equals(certificate.node.raw) && within(anchor, now)))
    return true
  if (anchors.some(signs)) return true
  return between.some(
    (issuer) =>
      signs(issuer) &&
      leads(
        issuer,
        between.filter((other) => other !== issuer),
        anchors,
        now,
        depth + 1,
        expired,
      ),
  )
}

function isIssuer({ node, core }: Certificate, subject: Certificate, depth: number): boolean {
  if (!subject.core.issuer.equals(core.subject) || !core.isCA) return false
  const length = core.extBasicConstraints?.pathLenConstraint
  if (length !== undefined && length < BigInt(depth)) return false
  if (core.extKeyUsage && !core.extKeyUsage.keyCertSign) return false
  return subject.node.verify(node.publicKey)
}

function within({ core }: Certificate, now: Date): boolean {
  return core.validForDate(now)
}
