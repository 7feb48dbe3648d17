import type { MessageField, MessageSpec } from '../protobuf.ts'

/** onnx.proto3 (ONNX 1.23), all fields. */

const of = (message: () => MessageSpec): MessageField => ({ message })
const one = (message: () => MessageSpec): MessageField => ({ message, once: true })
const kept = (message: () => MessageSpec): MessageField => ({ message, keep: true })

const ENTRY: MessageSpec = {
  name: 'StringStringEntryProto',
  fields: { 1: ['key', 'text'], 2: ['value', 'text'] },
}
const entries = kept(() => ENTRY)

const OPSET: MessageSpec = {
  name: 'OperatorSetIdProto',
  fields: { 1: ['domain', 'text'], 2: ['version', 'int'] },
}

const SEGMENT: MessageSpec = { name: 'Segment', fields: { 1: ['begin', 'int'], 2: ['end', 'int'] } }

const TENSOR: MessageSpec = {
  name: 'TensorProto',
  visit: true,
  fields: {
    1: ['dims', 'ints'],
    2: ['data_type', 'int'],
    3: ['segment', one(() => SEGMENT)],
    4: ['float_data', 'numbers'],
    5: ['int32_data', 'numbers'],
    6: ['string_data', 'data'],
    7: ['int64_data', 'numbers'],
    8: ['name', 'text'],
    9: ['raw_data', 'data'],
    10: ['double_data', 'numbers'],
    11: ['uint64_data', 'numbers'],
    12: ['doc_string', 'text'],
    13: ['external_data', entries],
    14: ['data_location', 'int'],
    16: ['metadata_props', entries],
  },
}

const SPARSE: MessageSpec = {
  name: 'SparseTensorProto',
  fields: { 1: ['values', one(() => TENSOR)], 2: ['indices', one(() => TENSOR)], 3: ['dims', 'ints'] },
}

const DIMENSION: MessageSpec = {
  name: 'Dimension',
  fields: { 1: ['dim_value', 'int'], 2: ['dim_param', 'text'], 3: ['denotation', 'text'] },
}
const SHAPE: MessageSpec = { name: 'TensorShapeProto', fields: { 1: ['dim', of(() => DIMENSION)] } }
const TENSOR_TYPE: MessageSpec = {
  name: 'TensorType',
  fields: { 1: ['elem_type', 'int'], 2: ['shape', one(() => SHAPE)] },
}
const ELEMENT_TYPE: MessageSpec = { name: 'Sequence', fields: { 1: ['elem_type', one(() => TYPE)] } }
const MAP_TYPE: MessageSpec = {
  name: 'Map',
  fields: { 1: ['key_type', 'int'], 2: ['value_type', one(() => TYPE)] },
}
const OPAQUE_TYPE: MessageSpec = { name: 'Opaque', fields: { 1: ['domain', 'text'], 2: ['name', 'text'] } }
const TYPE: MessageSpec = {
  name: 'TypeProto',
  fields: {
    1: ['tensor_type', one(() => TENSOR_TYPE)],
    4: ['sequence_type', one(() => ELEMENT_TYPE)],
    5: ['map_type', one(() => MAP_TYPE)],
    6: ['denotation', 'text'],
    7: ['opaque_type', one(() => OPAQUE_TYPE)],
    8: ['sparse_tensor_type', one(() => TENSOR_TYPE)],
    9: ['optional_type', one(() => ELEMENT_TYPE)],
  },
}

const VALUE_INFO: MessageSpec = {
  name: 'ValueInfoProto',
  fields: {
    1: ['name', 'text'],
    2: ['type', one(() => TYPE)],
    3: ['doc_string', 'text'],
    4: ['metadata_props', of(() => ENTRY)],
  },
}

/** An input or output of a graph, with its shape. */
const keptOne = (message: () => MessageSpec): MessageField => ({ message, once: true, keep: true })
const PORT_SHAPE: MessageSpec = { name: 'TensorShapeProto', fields: { 1: ['dim', kept(() => DIMENSION)] } }
const PORT_TENSOR: MessageSpec = {
  name: 'TensorType',
  fields: { 1: ['elem_type', 'int'], 2: ['shape', keptOne(() => PORT_SHAPE)] },
}
const PORT_TYPE: MessageSpec = {
  name: 'TypeProto',
  fields: { ...TYPE.fields, 1: ['tensor_type', keptOne(() => PORT_TENSOR)] },
}
const port = (name: string): MessageSpec => ({
  name,
  visit: true,
  fields: { ...VALUE_INFO.fields, 2: ['type', keptOne(() => PORT_TYPE)] },
})
const INPUT = port('Input')
const OUTPUT = port('Output')

const ATTRIBUTE: MessageSpec = {
  name: 'AttributeProto',
  fields: {
    1: ['name', 'text'],
    2: ['f', 'fixed'],
    3: ['i', 'int'],
    4: ['s', 'text'],
    5: ['t', one(() => TENSOR)],
    6: ['g', one(() => GRAPH)],
    7: ['floats', 'numbers'],
    8: ['ints', 'ints'],
    9: ['strings', 'texts'],
    10: ['tensors', of(() => TENSOR)],
    11: ['graphs', of(() => GRAPH)],
    13: ['doc_string', 'text'],
    14: ['tp', one(() => TYPE)],
    15: ['type_protos', of(() => TYPE)],
    20: ['type', 'int'],
    21: ['ref_attr_name', 'text'],
    22: ['sparse_tensor', one(() => SPARSE)],
    23: ['sparse_tensors', of(() => SPARSE)],
  },
}

const SIMPLE_DIM: MessageSpec = {
  name: 'SimpleShardedDimProto',
  fields: { 1: ['dim_value', 'int'], 2: ['dim_param', 'text'], 3: ['num_shards', 'int'] },
}
const SHARDED_DIM: MessageSpec = {
  name: 'ShardedDimProto',
  fields: { 1: ['axis', 'int'], 2: ['simple_sharding', of(() => SIMPLE_DIM)] },
}
const INT_INT: MessageSpec = {
  name: 'IntIntListEntryProto',
  fields: { 1: ['key', 'int'], 2: ['value', 'ints'] },
}
const SHARDING: MessageSpec = {
  name: 'ShardingSpecProto',
  fields: {
    1: ['tensor_name', 'text'],
    2: ['device', 'ints'],
    3: ['index_to_device_group_map', of(() => INT_INT)],
    4: ['sharded_dim', of(() => SHARDED_DIM)],
  },
}
const NODE_DEVICE: MessageSpec = {
  name: 'NodeDeviceConfigurationProto',
  fields: {
    1: ['configuration_id', 'text'],
    2: ['sharding_spec', of(() => SHARDING)],
    3: ['pipeline_stage', 'int'],
  },
}

const NODE: MessageSpec = {
  name: 'NodeProto',
  visit: true,
  fields: {
    1: ['input', 'texts'],
    2: ['output', 'texts'],
    3: ['name', 'text'],
    4: ['op_type', 'text'],
    5: ['attribute', kept(() => ATTRIBUTE)],
    6: ['doc_string', 'text'],
    7: ['domain', 'text'],
    8: ['overload', 'text'],
    9: ['metadata_props', of(() => ENTRY)],
    10: ['device_configurations', of(() => NODE_DEVICE)],
  },
}

const ANNOTATION: MessageSpec = {
  name: 'TensorAnnotation',
  fields: { 1: ['tensor_name', 'text'], 2: ['quant_parameter_tensor_names', of(() => ENTRY)] },
}

const GRAPH: MessageSpec = {
  name: 'GraphProto',
  fields: {
    1: ['node', of(() => NODE)],
    2: ['name', 'text'],
    5: ['initializer', of(() => TENSOR)],
    10: ['doc_string', 'text'],
    11: ['input', of(() => INPUT)],
    12: ['output', of(() => OUTPUT)],
    13: ['value_info', of(() => VALUE_INFO)],
    14: ['quantization_annotation', of(() => ANNOTATION)],
    15: ['sparse_initializer', of(() => SPARSE)],
    16: ['metadata_props', of(() => ENTRY)],
  },
}

const FUNCTION: MessageSpec = {
  name: 'FunctionProto',
  visit: true,
  fields: {
    1: ['name', 'text'],
    4: ['input', 'texts'],
    5: ['output', 'texts'],
    6: ['attribute', 'texts'],
    7: ['node', of(() => NODE)],
    8: ['doc_string', 'text'],
    9: ['opset_import', kept(() => OPSET)],
    10: ['domain', 'text'],
    11: ['attribute_proto', of(() => ATTRIBUTE)],
    12: ['value_info', of(() => VALUE_INFO)],
    13: ['overload', 'text'],
    14: ['metadata_props', of(() => ENTRY)],
  },
}

const TRAINING: MessageSpec = {
  name: 'TrainingInfoProto',
  fields: {
    1: ['initialization', one(() => GRAPH)],
    2: ['algorithm', one(() => GRAPH)],
    3: ['initialization_binding', of(() => ENTRY)],
    4: ['update_binding', of(() => ENTRY)],
  },
}

const DEVICE: MessageSpec = {
  name: 'DeviceConfigurationProto',
  fields: { 1: ['name', 'text'], 2: ['num_devices', 'int'], 3: ['device', 'texts'] },
}

export const ONNX_MODEL: MessageSpec = {
  name: 'ModelProto',
  visit: true,
  fields: {
    1: ['ir_version', 'int'],
    2: ['producer_name', 'text'],
    3: ['producer_version', 'text'],
    4: ['domain', 'text'],
    5: ['model_version', 'int'],
    6: ['doc_string', 'text'],
    7: ['graph', one(() => GRAPH)],
    8: ['opset_import', kept(() => OPSET)],
    14: ['metadata_props', entries],
    20: ['training_info', of(() => TRAINING)],
    25: ['functions', of(() => FUNCTION)],
    26: ['configuration', of(() => DEVICE)],
  },
}
