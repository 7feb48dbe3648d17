import type { JsonObject } from '../model/fact.ts'
import { listIn, objectIn, readDocument, textIn } from './document.ts'
import { IN_TOTO } from './statement.ts'
import { NotVerified } from './trouble.ts'

/**
 * PyPI's attestations (PEP 740) hold the parts of a Sigstore bundle under other names. They come one to a file
 * (`DIST.publish.attestation`) or as the index gives them (a provenance object with several). Returned are bundles as JSON;
 * none where it is no such document. Throws `NotVerified` for one that is broken.
 */
export function bundlesFromPep740(bytes: Uint8Array): Buffer[] {
  const json = readDocument(bytes, 'the attestation')
  if (json.version !== 1) throw new NotVerified('unsupported', 'a version of attestations that is not known')
  const attestations =
    json.attestation_bundles === undefined
      ? [json]
      : listIn(json.attestation_bundles, 'attestation_bundles').flatMap((each) =>
          listIn(objectIn(each, 'a bundle').attestations, 'attestations').map((a) =>
            objectIn(a, 'an attestation'),
          ),
        )
  if (attestations.length === 0) throw new NotVerified('malformed', 'no attestation in it')
  return attestations.map((attestation) => Buffer.from(JSON.stringify(bundleOf(attestation))))
}

export function looksLikePep740(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes('"verification_material"')
}

function bundleOf({ verification_material: material, envelope, version }: JsonObject): JsonObject {
  if (version !== 1) throw new NotVerified('unsupported', 'a version of attestations that is not known')
  const { certificate, transparency_entries: entries } = objectIn(material, 'verification_material')
  const { statement, signature } = objectIn(envelope, 'envelope')
  return {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: {
      certificate: { rawBytes: textIn(certificate, 'certificate') },
      tlogEntries: listIn(entries, 'transparency_entries'),
    },
    dsseEnvelope: {
      payloadType: IN_TOTO,
      payload: textIn(statement, 'statement'),
      signatures: [{ sig: textIn(signature, 'signature') }],
    },
  }
}
