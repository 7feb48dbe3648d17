export const SIGSTORE = { method: 'sigstore', identity: 'a@example.org', issuer: 'https://id.example.org' }

const SIGNATURE = {
  method: 'key',
  fingerprint: `sha256:${'a'.repeat(64)}`,
  bundleDigest: `sha256:${'b'.repeat(64)}`,
}

type Case = [string, string, boolean, unknown]

/** What policies, manifests and locks may say of signers; `lock` makes a lock of an entry with changes. */
export const signerCases = (lock: (changes: object) => object): Case[] => [
  [
    'policy',
    'signers',
    true,
    {
      signers: [
        {
          match: 'hf:org/**',
          ...SIGSTORE,
          'source-repository': 'https://example.org/a',
          'workflow-ref': 'refs/tags/v1',
        },
        {
          match: '**',
          any: [
            { method: 'key', key: 'a.pem' },
            { method: 'certificate', chain: 'ca.pem' },
          ],
        },
      ],
    },
  ],
  [
    'policy',
    'a signer without an issuer',
    false,
    { signers: [{ ...SIGSTORE, match: '**', issuer: undefined }] },
  ],
  [
    'policy',
    'a signer without an identity',
    false,
    { signers: [{ ...SIGSTORE, match: '**', identity: undefined }] },
  ],
  ['policy', 'an empty identity', false, { signers: [{ ...SIGSTORE, match: '**', identity: '' }] }],
  ['policy', 'two identities', false, { signers: [{ ...SIGSTORE, match: '**', 'identity-pattern': 'a' }] }],
  ['policy', 'a signer of nothing', false, { signers: [SIGSTORE] }],
  ['policy', 'a signer by no key', false, { signers: [{ match: '**', method: 'key' }] }],
  [
    'policy',
    'a key with an issuer',
    false,
    { signers: [{ match: '**', method: 'key', key: 'a', issuer: 'b' }] },
  ],
  [
    'policy',
    'a short fingerprint',
    false,
    { signers: [{ match: '**', method: 'key', fingerprint: 'sha256:00' }] },
  ],
  ['policy', 'signers in two ways', false, { signers: [{ match: '**', ...SIGSTORE, any: [SIGSTORE] }] }],
  ['manifest', 'a signer by name alone', false, { models: [{ ref: 'hf:a/b', signer: 'a@example.org' }] }],
  [
    'manifest',
    'several signers',
    true,
    { models: [{ ref: 'hf:a/b', signer: [SIGSTORE, { method: 'key', key: 'k' }] }] },
  ],
  ['manifest', 'no signers', false, { models: [{ ref: 'hf:a/b', signer: [] }] }],
  ['lock', 'a signature', true, lock({ signatures: [SIGNATURE] })],
  ['lock', 'a signature by no key', false, lock({ signatures: [{ ...SIGNATURE, fingerprint: undefined }] })],
  ['lock', 'a signature with more', false, lock({ signatures: [{ ...SIGNATURE, trusted: true }] })],
]
