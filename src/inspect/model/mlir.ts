import { MLIR_SECTIONS, readMlir } from '../../codec/mlir.ts'
import type { FactCatalogue } from '../../model/fact.ts'
import { fact, type Inspector } from '../inspector.ts'

const FACTS: FactCatalogue = {
  'mlir.module': { about: 'A module in MLIR bytecode.', fields: { version: 'number', producer: 'string' } },
  'mlir.dialect': {
    about: 'A dialect that the module uses. `kind`: portable, native (machine code, assembly), or foreign.',
    fields: { dialect: 'string', kind: 'string' },
  },
  'mlir.custom-call': {
    about:
      'The module has operations that call a function of the host by name; `target` is a name in its strings that is known to ' +
      'be one (`python`: a callback of Python by its address), or empty where none is known.',
    fields: { target: 'string', python: 'boolean' },
  },
  'mlir.duplicate-section': {
    about: 'A section that is there twice: readers take one.',
    fields: { section: 'string' },
  },
}

const PORTABLE = new Set([
  ...['builtin', 'func', 'stablehlo', 'vhlo', 'chlo', 'mhlo', 'sdy', 'shape', 'quant', 'tosa', 'ml_program'],
  ...[
    'arith',
    'math',
    'complex',
    'tensor',
    'linalg',
    'scf',
    'cf',
    'affine',
    'memref',
    'vector',
    'bufferization',
  ],
  ...[
    'sparse_tensor',
    'index',
    'onnx',
    'torch',
    'torch_c',
    'tf',
    'tfl',
    'tf_saved_model',
    'util',
    'flow',
    'hal',
  ],
  ...['stream', 'vm', 'iree_input', 'tm_tensor', 'mpmd'],
])
const NATIVE = new Set([
  'llvm',
  'gpu',
  'nvvm',
  'nvgpu',
  'rocdl',
  'amdgpu',
  'spirv',
  'emitc',
  'triton_gpu',
  'tt',
])
/** Targets of XLA that call back into the Python process. */
const PYTHON = /^xla_(?:ffi_)?(?:partitioned_)?python_(?:cpu|gpu)_callback$|^(?:xla_)?host_callback|^TFPyFunc/
const TARGET = /^(?:xla_|cu|hip|__|lapack_|blas_|tpu_|Sharding$|SPMD|TopK|annotate_device)[\w$.]*$/

/** MLIR bytecode: StableHLO and what is lowered to it. Names are read; what operations are given is not decoded. */
export const mlir: Inspector = {
  id: 'mlir',
  detect: { magic: [{ offset: 0, hex: '4d4cef52' }], suffix: ['.mlirbc', '.mlir', '.stablehlo'] },
  facts: FACTS,
  async *inspect({ bytes }, { signal }) {
    const module = await readMlir(bytes, signal)
    const { version, producer, sections, end, strings, operations, dialects } = module
    yield { type: 'span', offset: 0, length: end, as: 'inspected' }
    yield fact('mlir.module', { version, producer: producer.slice(0, 200) })
    const seen = new Set<number>()
    for (const { id, offset } of sections) {
      if (seen.has(id)) yield fact('mlir.duplicate-section', { section: MLIR_SECTIONS[id] ?? '' }, { offset })
      seen.add(id)
    }
    for (const dialect of dialects) {
      const kind = NATIVE.has(dialect) ? 'native' : PORTABLE.has(dialect) ? 'portable' : 'foreign'
      yield fact('mlir.dialect', { dialect: dialect.slice(0, 200), kind })
    }
    if (!operations.some(({ name }) => /^custom_call(?:_v\d+)?$/.test(name))) return
    const targets = strings.filter((text) => TARGET.test(text) || PYTHON.test(text)).slice(0, 64)
    for (const target of targets.length > 0 ? targets : [''])
      yield fact('mlir.custom-call', { target: target.slice(0, 200), python: PYTHON.test(target) })
  },
}
