import { describe, expect, test } from 'vitest'
import type { LockEntry } from '../model/lock.ts'
import { entryFact } from './entry-fact.ts'

function data(ref: string, resolved: Partial<LockEntry['resolved']>) {
  const entry: LockEntry = {
    asked: { kind: 'models', ref, include: [], exclude: [], owners: [], path: 'p' },
    resolved: { endpoint: 'https://hub.example', id: 'acme/bert', pin: 'c'.repeat(40), ...resolved },
    treeDigest: '',
    files: [],
    edges: [],
    capabilities: [],
  }
  return entryFact(entry).data
}

describe('entryFact', () => {
  test('takes the author, else the owner in the name', () => {
    expect(data('hf:acme/bert', { author: 'someone' }).publisher).toBe('someone')
    expect(data('hf:acme/bert', {}).publisher).toBe('acme')
    expect(data('npm:@acme/tool@1.0.0', { id: '@acme/tool' }).publisher).toBe('acme')
    expect(data('npm:tool@1.0.0', { id: 'tool' }).publisher).toBe('')
  })

  test.each([
    [`hf:acme/bert@${'c'.repeat(40)}`, 'c'.repeat(40), true],
    ['hf:acme/bert@main', 'c'.repeat(40), false],
    ['hf:acme/bert', 'c'.repeat(40), false],
    ['npm:tool@1.2.3', '1.2.3', true],
    ['npm:tool@latest', '1.2.3', false],
    [`oci:r.example/a@sha256:${'a'.repeat(64)}`, `sha256:${'a'.repeat(64)}`, true],
    ['oci:r.example/a:v1', `sha256:${'a'.repeat(64)}`, false],
    [`https://x.example/f#sha256=${'a'.repeat(64)}`, '', true],
    ['file:./prompts', '', true],
  ])('%s at %s: pinned is %s', (ref, pin, pinned) => {
    expect(data(ref, { pin }).pinned).toBe(pinned)
  })
})
