import { readJson } from '../../codec/json.ts'
import { isObject, objectOf, textOf } from '../../codec/json-values.ts'
import type { FactCatalogue } from '../../model/fact.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'

const FACTS: FactCatalogue = {
  'signature.bundle': {
    about: 'A Sigstore bundle. What it proves is for the verification of signatures to say.',
    fields: { version: 'string', content: 'string', material: 'string' },
  },
}

const MEDIA_TYPE = 'application/vnd.dev.sigstore.bundle'

/** Sigstore bundles: `model.sig`, `*.sigstore.json`, … They hold data only; no loader runs anything of them. */
export const signatureBundle: Inspector = {
  id: 'signature-bundle',
  detect: { probe, suffix: ['.sigstore.json', '.sigstore'], name: ['model.sig'] },
  facts: FACTS,
  inspect,
}

function probe(head: Uint8Array): 'strong' | 'weak' | 'no' {
  const text = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('latin1')
  if (!/^\s*\{/.test(text)) return 'no'
  return text.includes(`"${MEDIA_TYPE}`) && text.includes('"mediaType"') ? 'strong' : 'no'
}

async function* inspect({ bytes }: Opened, { meter }: InspectContext): AsyncGenerator<Emission> {
  meter.check('jsonBytes', bytes.size)
  meter.hold(bytes.size)
  try {
    const { value } = readJson(await bytes.read(0, bytes.size), meter.limits)
    yield { type: 'span', offset: 0, length: bytes.size, as: 'inspected' }
    if (!isObject(value)) return
    const material = Object.keys(objectOf(value.verificationMaterial))
    yield fact('signature.bundle', {
      version: textOf(value.mediaType).slice(0, 100),
      content: value.dsseEnvelope === undefined ? 'message' : 'statement',
      material:
        ['certificate', 'x509CertificateChain', 'publicKey'].find((key) => material.includes(key)) ?? 'none',
    })
  } finally {
    meter.release(bytes.size)
  }
}
