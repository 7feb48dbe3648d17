import { describe, expect, test } from 'vitest'
import { verifyChain } from './chain.ts'
import { testCertificate } from './testing/material.ts'
import { reasonOf } from './trouble.ts'

const NOW = new Date('2026-06-01')
const CODE_SIGNING = '1.3.6.1.5.5.7.3.3'
const SERVER = '1.3.6.1.5.5.7.3.1'
const root = await testCertificate('root', undefined, { isAuthority: true })
const between = await testCertificate('between', root, { isAuthority: true })
const leaf = await testCertificate('release', between)

function trouble(certificates: readonly Buffer[], authorities: readonly Buffer[], now = NOW): string {
  try {
    verifyChain(certificates, authorities, now)
    return 'verified'
  } catch (error) {
    return reasonOf(error).trouble
  }
}

describe('a chain of certificates', () => {
  test('leads from the leaf over the middle to a trusted authority', () => {
    expect(verifyChain([leaf.der, between.der], [root.der], NOW).subject).toBe('CN=release')
  })

  test('may end at a middle that is trusted itself', () => {
    expect(trouble([leaf.der], [between.der])).toBe('verified')
  })

  test('holds for a signing certificate that is trusted itself', () => {
    expect(trouble([leaf.der], [leaf.der])).toBe('verified')
  })

  test('does not hold without its middle, by another root, or by a root that came with it', async () => {
    const stranger = await testCertificate('root', undefined, { isAuthority: true })
    expect(trouble([leaf.der], [root.der])).toBe('chain')
    expect(trouble([leaf.der, between.der], [stranger.der])).toBe('chain')
    expect(trouble([leaf.der, between.der, root.der], [stranger.der])).toBe('chain')
    expect(trouble([leaf.der, between.der], [])).toBe('chain')
  })

  test('expires, at every link', async () => {
    const old = { notAfter: new Date('2025-01-01') }
    const oldLeaf = await testCertificate('release', between, old)
    const oldBetween = await testCertificate('between', root, { ...old, isAuthority: true })
    const oldRoot = await testCertificate('root', undefined, { ...old, isAuthority: true })
    const viaOldBetween = await testCertificate('release', oldBetween)
    const viaOldRoot = await testCertificate('release', oldRoot)
    expect(trouble([oldLeaf.der, between.der], [root.der])).toBe('expired')
    expect(trouble([viaOldBetween.der, oldBetween.der], [root.der])).toBe('expired')
    expect(trouble([viaOldRoot.der], [oldRoot.der])).toBe('expired')
    expect(trouble([oldLeaf.der, between.der], [root.der], new Date('2024-06-01'))).toBe('verified')
  })

  test('does not hold before it begins', async () => {
    const early = await testCertificate('release', between, { notBefore: new Date('2027-01-01') })
    expect(trouble([early.der, between.der], [root.der])).toBe('expired')
  })

  test('needs authorities that are ones', async () => {
    const impostor = await testCertificate('impostor', leaf)
    expect(trouble([impostor.der, leaf.der, between.der], [root.der])).toBe('chain')
    const narrow = await testCertificate('narrow', undefined, { isAuthority: true, pathLength: 0 })
    const below = await testCertificate('below', narrow, { isAuthority: true })
    const deep = await testCertificate('deep', below)
    const direct = await testCertificate('direct', narrow)
    expect(trouble([deep.der, below.der], [narrow.der])).toBe('chain')
    expect(trouble([direct.der], [narrow.der])).toBe('verified')
  })

  test('needs a leaf that is meant for signing', async () => {
    const server = await testCertificate('server', between, { extended: [SERVER] })
    const code = await testCertificate('code', between, { extended: [CODE_SIGNING] })
    const mute = await testCertificate('mute', between, { usages: 32 })
    expect(trouble([server.der, between.der], [root.der])).toBe('chain')
    expect(trouble([mute.der, between.der], [root.der])).toBe('chain')
    expect(trouble([code.der, between.der], [root.der])).toBe('verified')
  })

  test('of bytes that are no certificate is an answer', () => {
    expect(trouble([Buffer.from('AAAA')], [root.der])).toBe('chain')
    expect(trouble([], [root.der])).toBe('chain')
  })
})
