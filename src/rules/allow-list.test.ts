import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { parseSettings } from '../codec/settings.ts'
import { readList } from './read-list.ts'
import { SignatureMatcher } from './signature.ts'

const LISTS = path.join(import.meta.dirname, '..', '..', 'rules', 'lists')
const ALLOWED = path.join(LISTS, 'pickle-allow')
const SINKS = path.join(LISTS, 'pickle-sinks.yaml')

/** `a.b.c`, and the one pseudo-callable a legacy PyTorch stream makes modules from. */
const EXACT_NAME = /^(<persistent>|[A-Za-z_][\w]*(\.[A-Za-z_][\w]*)+)$/
const KIND =
  /^(none|bool|int|int:huge|float|complex|str|bytes|bytearray|buffer|tuple|list|dict|set|frozenset|persistent|object|object:[\w.]+|global:[\w.<>]+|any|type|callable)$/

/** Allowed with the very arguments their writers give, though they or their modules are sinks otherwise; and why. */
const NEEDED_SINKS: Readonly<Record<string, string>> = {
  'builtins.type': 'type(None) is how NoneType is written; no other argument is allowed',
  'http.HTTPMethod': 'an enumeration, by value',
  'http.HTTPStatus': 'an enumeration, by value',
  'pandas.core.internals.BlockManager': 'holds the arrays of a frame',
  'pandas.core.internals.SingleBlockManager': 'holds the array of a series',
  'pandas.core.internals.blocks.new_block': 'wraps an array',
  'pandas.core.internals.managers.BlockManager': 'holds the arrays of a frame',
  'pandas.core.internals.managers.SingleBlockManager': 'holds the array of a series',
  'torch._C.Generator': 'a random generator, from its device',
  'torch._C._nn.gelu': 'stored by transformer layers, never called by a pickle',
  'torch._C._nn.hardtanh': 'stored by layers, never called by a pickle',
  'torch._C._nn.leaky_relu': 'stored by layers, never called by a pickle',
  'torch._C._nn.log_sigmoid': 'stored by layers, never called by a pickle',
  'torch._C._nn.softplus': 'stored by layers, never called by a pickle',
  'torch.storage._load_from_bytes': 'a nested checkpoint, inspected as content of its own',
}

interface Entry {
  readonly global: string
  readonly reference?: boolean
  readonly call?: readonly (readonly Kind[])[]
  readonly new?: readonly (readonly Kind[])[]
  readonly build?: readonly string[]
}
type Kind = string | { readonly in: readonly string[] }
interface List {
  readonly kind: string
  readonly framework: string
  readonly derivedFrom: string
  readonly entries: readonly Entry[]
}

const files = readdirSync(ALLOWED).filter((name) => name.endsWith('.yaml'))
const lists = new Map<string, List>(
  files.map((name) => [name, parse(readFileSync(path.join(ALLOWED, name), 'utf8'))]),
)
const entries = [...lists.values()].flatMap((list) => list.entries)

function kindsOf(kind: Kind): string[] {
  return typeof kind === 'string' ? kind.replace(/[*?]$/, '').split('|') : []
}

describe.each(files)('pickle-allow/%s', (name) => {
  const list = lists.get(name)

  test('says of which framework it is, and how it was derived', () => {
    expect(list).toMatchObject({ kind: 'signatures' })
    expect(list?.framework).toMatch(/\S/)
    expect(list?.derivedFrom).toMatch(/\S/)
    expect(readFileSync(path.join(ALLOWED, name), 'utf8')).toMatch(/^# \S/)
  })

  test('is sorted and holds exact names only', () => {
    const names = list?.entries.map((entry) => entry.global) ?? []
    expect(names).toEqual(names.toSorted())
    expect(names.filter((global) => !EXACT_NAME.test(global))).toEqual([])
  })

  test('has well-formed signatures, and allows something with each entry', () => {
    const odd = list?.entries.filter((entry) => {
      const signatures = [...(entry.call ?? []), ...(entry.new ?? []), entry.build ?? []]
      const kinds = signatures.flatMap((signature) => signature.flatMap(kindsOf))
      return !kinds.every((kind) => KIND.test(kind)) || !(entry.reference || entry.call || entry.new)
    })
    expect(odd?.map((entry) => entry.global)).toEqual([])
  })
})

describe('the allow list as a whole', () => {
  test('names each global once', () => {
    const names = entries.map((entry) => entry.global)
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
  })

  test('lets a call take a named global only if that global is listed', () => {
    const known = new Set(entries.map((entry) => entry.global))
    const asked = entries.flatMap((entry) =>
      [...(entry.call ?? []), ...(entry.new ?? [])].flat().flatMap(kindsOf),
    )
    const globals = asked
      .filter((kind) => kind.startsWith('global:'))
      .map((kind) => kind.slice('global:'.length))
    expect([...new Set(globals)].filter((name) => !known.has(name))).toEqual([])
  })

  test('never takes just any global or what the machine does not know', () => {
    const loose = entries.filter((entry) =>
      [...(entry.call ?? []), ...(entry.new ?? []), entry.build ?? []]
        .flat()
        .flatMap(kindsOf)
        .some((kind) => kind === 'global' || kind === 'unknown'),
    )
    expect(loose.map((entry) => entry.global)).toEqual([])
  })

  test('gives a function that calls its argument nothing but callables that are allowed themselves', () => {
    const callers = [
      'collections.defaultdict',
      'functools.partial',
      'torch._tensor._rebuild_from_type_v2',
      'numpy.random._pickle.__generator_ctor',
      'dill._dill._create_array',
      'numpy.ma.core._mareconstruct',
    ]
    const guarded = /^(callable|none|str|object:.*|global:[\w.]+)$/
    for (const name of callers) {
      const entry = entries.find((candidate) => candidate.global === name)
      const first = (entry?.call ?? []).flatMap((signature) => signature.slice(0, 1)).flatMap(kindsOf)
      expect(
        first.filter((kind) => !guarded.test(kind)),
        name,
      ).toEqual([])
    }
  })

  test('holds none of the gadgets that look like data', () => {
    const names = new Set(entries.map((entry) => entry.global))
    const gadgets = [
      'builtins.getattr',
      'builtins.eval',
      'builtins.map',
      'builtins.print',
      'operator.attrgetter',
      'operator.methodcaller',
      'functools.reduce',
      'numpy.memmap',
      'numpy.core._ufunc_reconstruct',
      'numpy._core._ufunc_reconstruct',
      'joblib.numpy_pickle.NDArrayWrapper',
      'joblib.numpy_pickle_compat.ZNDArrayWrapper',
      'scipy.stats._distn_infrastructure.rv_continuous',
      'scipy.stats._distn_infrastructure.rv_frozen',
      'scipy.stats._continuous_distns.norm_gen',
      'torch.fx.graph_module.reduce_graph_module',
      'torch.load',
      'torch.jit.load',
      'pandas.read_pickle',
      'pytz._p',
      'dill._dill._load_type',
      'dill._dill._eval_repr',
      'cloudpickle.cloudpickle._make_function',
      'transformers.models.t5.tokenization_t5.T5Tokenizer',
      'sklearn.metrics._dist_metrics.PyFuncDistance64',
      'types.CodeType',
    ]
    expect(gadgets.filter((name) => names.has(name))).toEqual([])
  })

  test.skipIf(!existsSync(SINKS))(
    `meets known sinks only where a writer needs one${existsSync(SINKS) ? '' : ' (no list of sinks here)'}`,
    () => {
      const sinks: { entries: readonly (string | { name: string })[] } = parse(readFileSync(SINKS, 'utf8'))
      const names = sinks.entries.map((entry) => (typeof entry === 'string' ? entry : entry.name))
      const modules = names.filter((name) => name.endsWith('.*')).map((name) => name.slice(0, -1))
      const exact = new Set(names)
      const clash = entries
        .map((entry) => entry.global)
        .filter((global) => exact.has(global) || modules.some((module) => global.startsWith(module)))
      expect(clash.filter((global) => !(global in NEEDED_SINKS))).toEqual([])
    },
  )
})

/** callable, role, argument kinds as the pickle engine states them. */
type Use = readonly [callable: string, role: string, args: readonly string[]]

const HONEST: readonly Use[] = [
  ['collections.defaultdict', 'call', ['global:builtins.list']],
  ['_codecs.encode', 'call', ['str', 'str=latin1']],
  ['copyreg._reconstructor', 'call', ['global:sklearn.pipeline.Pipeline', 'global:builtins.object', 'none']],
  ['numpy.core.multiarray._reconstruct', 'call', ['global:numpy.ndarray', 'tuple', 'bytes']],
  ['numpy.core.multiarray._reconstruct', 'build', ['tuple']],
  ['numpy.dtype', 'call', ['str', 'bool', 'bool']],
  ['numpy.random._pickle.__generator_ctor', 'call', ['object:numpy.random._pickle.__bit_generator_ctor']],
  [
    'torch._utils._rebuild_tensor_v2',
    'call',
    ['persistent', 'int', 'tuple', 'tuple', 'bool', 'object:collections.OrderedDict'],
  ],
  [
    'torch._utils._rebuild_tensor_v2',
    'call',
    ['persistent', 'int:huge', 'tuple', 'tuple', 'bool', 'object:collections.OrderedDict'],
  ],
  ['torch.nn.modules.linear.Linear', 'new', []],
  ['torch.nn.modules.linear.Linear', 'build', ['dict']],
  ['sklearn.ensemble.forest.RandomForestClassifier', 'new', []],
  ['transformers.training_args.OptimizerNames', 'call', ['str']],
  ['xgboost.core.Booster', 'build', ['dict']],
]

const HOSTILE: readonly Use[] = [
  ['collections.defaultdict', 'call', ['global:os.system']],
  ['collections.defaultdict', 'call', ['object:functools.partial']],
  ['functools.partial', 'call', ['global:os.system']],
  ['functools.partial', 'call', ['global:builtins.exec', 'str']],
  ['_codecs.encode', 'call', ['str', 'str=rot13']],
  ['_codecs.encode', 'call', ['str', 'str']],
  ['builtins.type', 'call', ['str', 'tuple', 'dict']],
  ['builtins.type', 'reference', []],
  ['builtins.bytearray', 'call', ['int:huge']],
  ['copyreg._reconstructor', 'call', ['global:subprocess.Popen', 'global:builtins.object', 'none']],
  ['lightgbm.basic.Booster', 'new', ['dict']],
  ['lightgbm.basic.Booster', 'call', ['dict']],
  ['numpy.core.multiarray._reconstruct', 'call', ['global:subprocess.Popen', 'tuple', 'bytes']],
  ['numpy.random._pickle.__bit_generator_ctor', 'call', ['global:subprocess.Popen']],
  ['numpy.random._pickle.__generator_ctor', 'call', ['str=MT19937', 'global:os.system']],
  ['numpy.random._pickle.__randomstate_ctor', 'call', ['str', 'object:functools.partial']],
  ['numpy.add', 'call', ['int', 'int']],
  ['pandas.core.indexes.base._new_Index', 'call', ['global:subprocess.Popen', 'dict']],
  ['pandas.core.indexes.base._new_Index', 'call', ['global:pandas.DataFrame', 'dict']],
  ['sklearn.neighbors._kd_tree.newObj', 'call', ['global:subprocess.Popen']],
  ['sklearn.pipeline.Pipeline', 'call', ['list']],
  [
    'torch._tensor._rebuild_from_type_v2',
    'call',
    ['global:os.system', 'global:torch.Tensor', 'tuple', 'dict'],
  ],
  [
    'torch._tensor._rebuild_from_type_v2',
    'call',
    ['global:torch.storage._load_from_bytes', 'global:torch.Tensor', 'tuple', 'dict'],
  ],
  ['torch.storage._load_from_bytes', 'call', ['object:builtins.bytes']],
  ['torch.storage._load_from_bytes', 'reference', []],
  ['transformers.training_args.TrainingArguments', 'call', ['str']],
  ['dill._dill._create_array', 'call', ['global:os.system', 'tuple', 'tuple', 'none']],
  ['scipy.stats._continuous_distns.norm_gen', 'build', ['dict']],
  ['torch.nn.modules.linear.Linear', 'build', ['tuple']],
]

describe('what it says of single uses', () => {
  const matcher = new SignatureMatcher({
    kind: 'signatures',
    entries: files.flatMap((name) => {
      const list = readList(parseSettings(readFileSync(path.join(ALLOWED, name), 'utf8'), name))
      return list.kind === 'signatures' ? list.entries : []
    }),
  })
  const fact = ([callable, role, args]: Use) => ({ callable, name: 'x', role, args: [...args] })

  test.each(HONEST)('%s by %s of %j is what a writer writes', (...use) => {
    expect(matcher.allows(fact(use))).toBe(true)
  })

  test.each(HOSTILE)('%s by %s of %j is not', (...use) => {
    expect(matcher.allows(fact(use))).toBe(false)
  })
})
