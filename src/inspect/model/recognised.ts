import { slice } from '../../bytes/source.ts'
import { anonymousName } from '../../model/artifact.ts'
import type { FactCatalogue } from '../../model/fact.ts'
import { type Detect, fact, type Inspector } from '../inspector.ts'

const FACTS: FactCatalogue = {
  'recognised.format': {
    about:
      'A format that a loader acts on and that nothing here can inspect. `runs`: what is in it that runs (`native`, ' +
      '`bytecode`, `graph`, or `files` of any kind).',
    fields: { format: 'string', runs: 'string' },
  },
}

interface Recognised {
  readonly id: string
  readonly detect: Detect
  readonly runs: 'native' | 'bytecode' | 'graph' | 'files'
  /** Bytes of the header: what lies behind is searched for formats that are known. */
  readonly header: number
  /** Bytes of a mark at the end, by which the rest would be known again. */
  readonly trailer?: number
}

/**
 * Formats that are known by sight only. Each is `incomplete`, whatever it is called: unknown must never mean clean. What
 * lies behind the header is searched all the same, for an executable in an engine must not hide behind four letters.
 */
function recognised({ id, detect, runs, header, trailer = 0 }: Recognised): Inspector {
  return {
    id,
    detect,
    facts: FACTS,
    async *inspect({ bytes }) {
      yield fact('recognised.format', { format: id, runs })
      yield {
        type: 'child',
        name: anonymousName(header),
        bytes: slice(bytes, header, Math.max(0, bytes.size - header - trailer)),
        region: true,
      }
      yield { type: 'span', offset: 0, length: bytes.size, as: 'opaque' }
      yield { type: 'damage', kind: 'unsupported', message: `${id} is recognised, but cannot be inspected` }
    },
  }
}

const at = (offset: number, hex: string) => ({ offset, hex })

/** Serialised engines are undocumented, hold machine code for a GPU, and may hold libraries that are loaded. */
const tensorrt = recognised({
  id: 'tensorrt',
  detect: { magic: [at(0, '66747274'), at(0, '70747274')], suffix: ['.engine', '.plan', '.trt'] },
  runs: 'native',
  header: 8,
})

const rknn = recognised({
  id: 'rknn',
  detect: { magic: [at(0, '524b4e4e')], suffix: ['.rknn'] },
  runs: 'native',
  header: 8,
})

/** Hailo's executable format. */
const hailo = recognised({
  id: 'hailo',
  detect: { magic: [at(0, '01484546')], suffix: ['.hef'] },
  runs: 'native',
  header: 8,
})

/** ONNX Runtime's own FlatBuffer form of a graph. */
const ort = recognised({
  id: 'ort',
  detect: { magic: [at(4, '4f52544d')], suffix: ['.ort'] },
  runs: 'graph',
  header: 8,
})

/** `BCN` in UTF-16: the first version of CNTK's files. Functions of users load libraries. */
const cntk = recognised({
  id: 'cntk',
  detect: { magic: [at(0, '420043004e000000')], suffix: ['.cntk', '.dnn'] },
  runs: 'graph',
  header: 8,
})

/** The form that XGBoost wrote before 1.0 and no longer reads: a dump of its structures in memory. */
const xgboostBinary = recognised({
  id: 'xgboost-binary',
  detect: { magic: [at(0, '62696e66')], suffix: ['.xgb'] },
  runs: 'graph',
  header: 4,
})

function latin1(head: Uint8Array, count: number): string {
  return Buffer.from(head.subarray(0, count)).toString('latin1')
}

/** A graph as text: a loader runs it like any other, and it must not pass as mere text. */
const tensorflowText = recognised({
  id: 'tensorflow-text',
  detect: {
    probe: (head) => (/^\s*(?:#.*\s+)*[a-z_]\w*\s*[:{<]/.test(latin1(head, 4096)) ? 'weak' : 'no'),
    name: ['saved_model.pbtxt', 'graph.pbtxt', 'model.pbtxt', 'frozen_graph.pbtxt'],
  },
  runs: 'graph',
  header: 0,
})

/** Tables that nobody reads here yet: what is in them is data, and may be files. */
const lance = recognised({
  id: 'lance',
  detect: { magic: [at(-4, '4c414e43')], suffix: ['.lance'] },
  runs: 'files',
  header: 0,
  trailer: 4,
})

/** The first page of an LMDB environment: its header, then the magic of `mdb.c`. Values are whatever was put there, often pickles. */
const lmdb = recognised({
  id: 'lmdb',
  detect: { magic: [at(16, 'dec0efbe')], name: ['data.mdb'], suffix: ['.mdb'] },
  runs: 'files',
  header: 24,
})

const avro = recognised({
  id: 'avro',
  detect: { magic: [at(0, '4f626a01')], suffix: ['.avro'] },
  runs: 'files',
  header: 4,
})

/** Feather before it was Arrow. */
const feather1 = recognised({
  id: 'feather-1',
  detect: { magic: [at(0, '46454131')] },
  runs: 'files',
  header: 4,
})

/** Caffe2, NCNN, MNN and the like have no magic: their names are all there is. */
const nameOnly = recognised({
  id: 'opaque-model',
  detect: {
    bare: /\.(?:caffemodel|mnn|tnn|tmfile|dlc|bmodel|kmodel|nef|cambricon|om|axmodel|vnnx|hbm|espresso\.net|blob|jax_export)$/,
  },
  runs: 'graph',
  header: 0,
})

/** Weak matches: behind those of data in the registry, so that only its name brings it up. */
export const TENSORFLOW_TEXT: Inspector = tensorflowText

export const RECOGNISED: readonly Inspector[] = [
  ...[tensorrt, rknn, hailo, ort, cntk, xgboostBinary],
  ...[lance, lmdb, avro, feather1, nameOnly],
]
