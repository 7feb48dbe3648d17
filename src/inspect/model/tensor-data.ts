import type { Inspector } from '../inspector.ts'

/**
 * Bulk tensor data beside the model that describes it: no header, no structure, nothing that a loader acts on. Only the
 * name can tell, and only where the content is nothing else. ONNX external data, shards of TensorFlow variables and of TensorFlow.js, the
 * weights of an OpenVINO network under the name that its exporter gives them, and those of a Core ML package.
 */
export const tensorData: Inspector = {
  id: 'tensor-data',
  detect: {
    bare: /\.onnx[._]data(?:[-_.]?\d+)?$|\.data-\d{5}-of-\d{5}$|^openvino_.*\.bin$|(?:^|\/weights\/)weight\.bin$|^group\d+-shard\d+of\d+\.bin$/,
  },
  facts: {},
  async *inspect({ bytes }) {
    yield { type: 'span', offset: 0, length: bytes.size, as: 'opaque' }
  },
}
