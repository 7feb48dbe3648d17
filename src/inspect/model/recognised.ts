import type { Detect, Emission, Inspector, Opened } from '../inspector.ts'

/** A format that loaders open and that no inspector reads yet: by strong magic, by name, or both. */
interface Recognised {
  readonly format: string
  readonly magic?: Detect['magic']
  readonly suffix: readonly string[]
}

/** Where an inspector of its own arrives, its line here goes. */
const FORMATS: readonly Recognised[] = [
  { format: 'gguf', magic: [{ offset: 0, hex: '47 47 55 46' }], suffix: ['.gguf', '.ggml'] },
  {
    format: 'hdf5',
    magic: [0, 512, 1024, 2048, 4096, 8192].map((offset) => ({ offset, hex: '89 48 44 46 0d 0a 1a 0a' })),
    suffix: ['.h5', '.hdf5', '.keras'],
  },
  { format: 'onnx', suffix: ['.onnx', '.ort'] },
  { format: 'tensorflow', suffix: ['.pb', '.pbtxt', '.meta'] },
  { format: 'tflite', magic: [{ offset: 4, hex: '54 46 4c 33' }], suffix: ['.tflite'] },
  { format: 'executorch', magic: [{ offset: 4, hex: '45 54 31 32' }], suffix: ['.pte', '.ptd'] },
  { format: 'catboost', magic: [{ offset: 0, hex: '43 42 4d 31' }], suffix: ['.cbm'] },
  { format: 'r-data', suffix: ['.rds', '.rda', '.rdata'] },
  { format: 'core-ml', suffix: ['.mlmodel'] },
  { format: 'tensorrt', suffix: ['.engine', '.plan', '.trt'] },
  { format: 'paddle', suffix: ['.pdmodel', '.pdparams', '.pdiparams'] },
  { format: 'flax', suffix: ['.msgpack'] },
  { format: 'torch7', suffix: ['.t7'] },
  { format: 'brotli', suffix: ['.br'] },
  { format: 'rknn', magic: [{ offset: 0, hex: '52 4b 4e 4e' }], suffix: ['.rknn'] },
]

/**
 * What is known to be loadable and is not inspected: `incomplete`, never `pass`. One inspector for all of them, since
 * there is nothing to tell them apart by but the table.
 */
export const recognised: Inspector = {
  id: 'recognised',
  detect: {
    magic: FORMATS.flatMap((f) => f.magic ?? []),
    suffix: FORMATS.flatMap((f) => f.suffix),
  },
  facts: {},
  inspect,
}

async function* inspect({ bytes }: Opened): AsyncGenerator<Emission> {
  yield { type: 'span', offset: 0, length: bytes.size, as: 'unproven', why: 'unsupported' }
}
