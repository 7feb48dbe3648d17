import { expect, test } from 'vitest'
import { namesBundle } from './bundle-names.ts'

test.each([
  'm/model.sig',
  'w.sigstore.json',
  'w.intoto.jsonl',
  `m/sha256:${'a'.repeat(64)}.jsonl`,
  'sha256-ab.jsonl',
])('%s may be a signature', (name) => expect(namesBundle(name)).toBe(true))

test.each(['train.jsonl', 'm/xsha256-ab.jsonl', 'sha256:no.jsonl', 'w.safetensors'])('%s is none', (name) =>
  expect(namesBundle(name)).toBe(false),
)
