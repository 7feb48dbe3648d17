import { describe, expect, test } from 'vitest'
import type { Signature } from './schema.ts'
import { SignatureMatcher } from './signature.ts'

const ENTRIES: readonly Signature[] = [
  { global: 'numpy._core.multiarray._reconstruct', call: [['type', 'tuple', 'bytes']], build: ['tuple'] },
  { global: 'numpy.ndarray', reference: true },
  { global: 'numpy.dtype', reference: true, call: [['str|type', 'bool?', 'bool?']], build: ['tuple|dict'] },
  { global: 'numpy.scalar', call: [['object:numpy.dtype', 'any']] },
  { global: 'collections.OrderedDict', call: [[], ['list']], new: [[]], build: ['dict'] },
  { global: 'collections.defaultdict', call: [['callable'], ['callable', 'dict'], ['none']] },
  { global: '_codecs.encode', call: [['str', { in: ['latin1', 'utf-8'] }]] },
  { global: 'demo.flags', call: [[{ in: [0, true, null] }]] },
  { global: 'demo.many', call: [['int', 'str*', 'bytes?']] },
  { global: 'demo.anything', call: [['any*']] },
  { global: 'demo.bytes', call: [['int']] },
  { global: 'demo.set', call: [['global:builtins.set']] },
  { global: 'demo.Outer.Inner', new: [[]], dotted: true },
  { global: 'demo.mod.Class', new: [[]] },
]

const matcher = new SignatureMatcher({ kind: 'signatures', entries: ENTRIES })
const allows = (callable: string, role: string, args: string[] = [], more: Record<string, string> = {}) =>
  matcher.allows({ callable, role, args, ...more })

describe('roles', () => {
  test.each([
    ['numpy.ndarray', 'reference', [], true],
    ['numpy.ndarray', 'call', [], false],
    ['numpy.ndarray', 'new', [], false],
    ['numpy._core.multiarray._reconstruct', 'reference', [], false],
    ['collections.OrderedDict', 'call', [], true],
    ['collections.OrderedDict', 'new', [], true],
    ['collections.OrderedDict', 'new', ['list'], false],
    ['collections.OrderedDict', 'build', ['dict'], true],
    ['collections.OrderedDict', 'build', ['tuple'], false],
    ['collections.OrderedDict', 'build', [], false],
    ['collections.OrderedDict', 'build', ['dict', 'dict'], false],
    ['collections.OrderedDict', 'import', [], false],
    ['numpy.dtype', 'build', ['dict'], true],
    ['numpy.dtyp', 'reference', [], false],
    ['numpy.dtype.x', 'reference', [], false],
  ] as const)('%s as %s with %j: %s', (callable, role, args, expected) => {
    expect(allows(callable, role, [...args])).toBe(expected)
  })
})

describe('arguments', () => {
  test.each<[string, string[], boolean]>([
    ['numpy._core.multiarray._reconstruct', ['global:numpy.ndarray', 'tuple', 'bytes'], true],
    ['numpy._core.multiarray._reconstruct', ['global:os.system', 'tuple', 'bytes'], false],
    ['numpy._core.multiarray._reconstruct', ['global:collections.OrderedDict', 'tuple', 'bytes'], false],
    ['numpy._core.multiarray._reconstruct', ['global', 'tuple', 'bytes'], false],
    ['numpy._core.multiarray._reconstruct', ['global:numpy.ndarray', 'tuple'], false],
    ['numpy._core.multiarray._reconstruct', ['global:numpy.ndarray', 'tuple', 'bytes', 'none'], false],
    ['numpy.dtype', ['str'], true],
    ['numpy.dtype', ['str', 'bool'], true],
    ['numpy.dtype', ['str', 'bool', 'bool'], true],
    ['numpy.dtype', ['str', 'bool', 'bool', 'bool'], false],
    ['numpy.scalar', ['object:numpy.dtype', 'bytes'], true],
    ['numpy.scalar', ['object:numpy.matrix', 'bytes'], false],
    ['numpy.scalar', ['object', 'bytes'], false],
    ['numpy.scalar', ['object:numpy.dtype', 'global:numpy.ndarray'], false],
    ['numpy.scalar', ['object:numpy.dtype', 'unknown'], false],
    ['collections.defaultdict', ['global:collections.OrderedDict'], true],
    ['collections.defaultdict', ['global:numpy.ndarray'], false],
    ['collections.defaultdict', ['global:os.system', 'dict'], false],
    ['collections.defaultdict', ['none'], true],
    ['_codecs.encode', ['str', 'str=latin1'], true],
    ['_codecs.encode', ['str=x', 'str=latin1'], true],
    ['_codecs.encode', ['str', 'str=rot13'], false],
    ['_codecs.encode', ['str', 'str'], false],
    ['_codecs.encode', ['str', 'str=latin1\n'], false],
    ['demo.flags', ['int=0'], true],
    ['demo.flags', ['bool=true'], true],
    ['demo.flags', ['str=0'], false],
    ['demo.many', ['int'], true],
    ['demo.many', ['int', 'str', 'str', 'bytes'], true],
    ['demo.many', ['int', 'bytes', 'str'], false],
    ['demo.many', ['str'], false],
    ['demo.anything', [], true],
    ['demo.anything', ['int', 'persistent', 'memo'], true],
    ['demo.anything', ['int', 'global:demo.anything'], false],
    ['demo.bytes', ['int'], true],
    ['demo.bytes', ['int:huge'], false],
    ['demo.set', ['global:builtins.set'], true],
    ['demo.set', ['global:builtins.eval'], false],
  ])('%s(%j): %s', (callable, args, expected) => {
    expect(allows(callable, 'call', args)).toBe(expected)
  })

  test('a hundred thousand arguments take no exponential time', () => {
    const patterns = Array.from({ length: 20 }, () => 'str*')
    const wide = new SignatureMatcher({
      kind: 'signatures',
      entries: [{ global: 'a.b', call: [[...patterns, 'int']] }],
    })
    const args = Array.from({ length: 100_000 }, () => 'str')
    expect(wide.allows({ callable: 'a.b', role: 'call', args })).toBe(false)
    expect(wide.allows({ callable: 'a.b', role: 'call', args: [...args, 'int'] })).toBe(true)
  })
})

describe('what the fact does not say is not allowed', () => {
  test('arguments missing or malformed', () => {
    expect(matcher.allows({ callable: 'demo.anything', role: 'call' })).toBe(false)
    expect(matcher.allows({ callable: 'demo.anything', role: 'call', args: 'int' })).toBe(false)
    expect(matcher.allows({ callable: 'demo.anything', role: 'call', args: ['int', 3] })).toBe(false)
    expect(matcher.allows({ callable: ['demo.anything'], role: 'call', args: [] })).toBe(false)
  })

  test('a dotted name walks attributes: it is not the name it spells', () => {
    expect(allows('demo.mod.Class', 'new', [], { module: 'demo.mod', name: 'Class' })).toBe(true)
    expect(allows('demo.mod.Class', 'new', [], { module: 'demo', name: 'mod.Class' })).toBe(false)
    expect(allows('demo.Outer.Inner', 'new', [], { module: 'demo', name: 'Outer.Inner' })).toBe(true)
  })
})
