import type { MessageField, MessageSpec } from '../protobuf.ts'

/** saved_model.proto and what it includes (TensorFlow 2.21): what a graph says; shapes and types only as bytes. */

const of = (message: () => MessageSpec): MessageField => ({ message })
const one = (message: () => MessageSpec): MessageField => ({ message, once: true })
const kept = (message: () => MessageSpec): MessageField => ({ message, keep: true })

const TENSOR: MessageSpec = {
  name: 'TensorProto',
  fields: {
    1: ['dtype', 'int'],
    2: ['tensor_shape', 'data'],
    3: ['version_number', 'int'],
    4: ['tensor_content', 'data'],
    5: ['float_val', 'numbers'],
    6: ['double_val', 'numbers'],
    7: ['int_val', 'numbers'],
    8: ['string_val', 'texts'],
    9: ['scomplex_val', 'numbers'],
    10: ['int64_val', 'numbers'],
    11: ['bool_val', 'numbers'],
    12: ['dcomplex_val', 'numbers'],
    13: ['half_val', 'numbers'],
    14: ['resource_handle_val', 'data'],
    15: ['variant_val', 'data'],
    16: ['uint32_val', 'numbers'],
    17: ['uint64_val', 'numbers'],
    18: ['float8_val', 'data'],
  },
}

const LIST: MessageSpec = {
  name: 'ListValue',
  fields: {
    2: ['s', 'texts'],
    3: ['i', 'numbers'],
    4: ['f', 'numbers'],
    5: ['b', 'numbers'],
    6: ['type', 'numbers'],
    7: ['shape', 'data'],
    8: ['tensor', of(() => TENSOR)],
    9: ['func', of(() => NAME_ATTRS)],
  },
}

const VALUE: MessageSpec = {
  name: 'AttrValue',
  fields: {
    1: ['list', kept(() => LIST)],
    2: ['s', 'text'],
    3: ['i', 'int'],
    4: ['f', 'fixed'],
    5: ['b', 'int'],
    6: ['type', 'int'],
    7: ['shape', 'data'],
    8: ['tensor', kept(() => TENSOR)],
    9: ['placeholder', 'text'],
    10: ['func', of(() => NAME_ATTRS)],
  },
}

const ATTR: MessageSpec = {
  name: 'AttrEntry',
  fields: { 1: ['key', 'text'], 2: ['value', kept(() => VALUE)] },
}
const NAME_ATTRS: MessageSpec = {
  name: 'NameAttrList',
  fields: { 1: ['name', 'text'], 2: ['attr', of(() => ATTR)] },
}

const NODE: MessageSpec = {
  name: 'NodeDef',
  visit: true,
  fields: {
    1: ['name', 'text'],
    2: ['op', 'text'],
    3: ['input', 'texts'],
    4: ['device', 'text'],
    5: ['attr', kept(() => ATTR)],
    6: ['experimental_debug_info', 'data'],
    7: ['experimental_type', 'data'],
  },
}

const MAP_ENTRY: MessageSpec = { name: 'MapEntry', fields: { 1: ['key', 'text'], 2: ['value', 'text'] } }
const SIGNATURE: MessageSpec = {
  name: 'OpDef',
  fields: {
    1: ['name', 'text'],
    2: ['input_arg', 'data'],
    3: ['output_arg', 'data'],
    4: ['attr', 'data'],
    5: ['summary', 'text'],
    6: ['description', 'text'],
    8: ['deprecation', 'data'],
    16: ['is_aggregate', 'int'],
    17: ['is_stateful', 'int'],
    18: ['is_commutative', 'int'],
    19: ['allows_uninitialized_input', 'int'],
    20: ['control_output', 'texts'],
    21: ['is_distributed_communication', 'int'],
  },
}

const FUNCTION: MessageSpec = {
  name: 'FunctionDef',
  fields: {
    1: ['signature', kept(() => SIGNATURE)],
    3: ['node_def', of(() => NODE)],
    4: ['ret', of(() => MAP_ENTRY)],
    5: ['attr', of(() => ATTR)],
    6: ['control_ret', of(() => MAP_ENTRY)],
    7: ['arg_attr', 'data'],
    8: ['resource_arg_unique_id', 'data'],
  },
}

const LIBRARY: MessageSpec = {
  name: 'FunctionDefLibrary',
  fields: {
    1: ['function', of(() => FUNCTION)],
    2: ['gradient', of(() => MAP_ENTRY)],
    3: ['registered_gradients', 'data'],
  },
}

const VERSIONS: MessageSpec = {
  name: 'VersionDef',
  fields: { 1: ['producer', 'int'], 2: ['min_consumer', 'int'], 3: ['bad_consumers', 'ints'] },
}

export const GRAPH_DEF: MessageSpec = {
  name: 'GraphDef',
  visit: true,
  fields: {
    1: ['node', of(() => NODE)],
    2: ['library', one(() => LIBRARY)],
    3: ['version', 'int'],
    4: ['versions', one(() => VERSIONS)],
    5: ['debug_info', 'data'],
  },
}

const META_INFO: MessageSpec = {
  name: 'MetaInfoDef',
  fields: {
    1: ['meta_graph_version', 'text'],
    2: ['stripped_op_list', 'data'],
    3: ['any_info', 'data'],
    4: ['tags', 'texts'],
    5: ['tensorflow_version', 'text'],
    6: ['tensorflow_git_version', 'text'],
    7: ['stripped_default_attrs', 'int'],
    8: ['function_aliases', of(() => MAP_ENTRY)],
  },
}

const SAVER: MessageSpec = {
  name: 'SaverDef',
  fields: {
    1: ['filename_tensor_name', 'text'],
    2: ['save_tensor_name', 'text'],
    3: ['restore_op_name', 'text'],
    4: ['max_to_keep', 'int'],
    5: ['sharded', 'int'],
    6: ['keep_checkpoint_every_n_hours', 'fixed'],
    7: ['version', 'int'],
  },
}

const ASSET: MessageSpec = {
  name: 'AssetFileDef',
  visit: true,
  fields: { 1: ['tensor_info', 'data'], 2: ['filename', 'text'] },
}

const USER_OBJECT: MessageSpec = {
  name: 'SavedUserObject',
  visit: true,
  fields: { 1: ['identifier', 'text'], 2: ['version', 'data'], 3: ['metadata', 'data'] },
}

const SAVED_OBJECT: MessageSpec = {
  name: 'SavedObject',
  visit: true,
  fields: {
    1: ['children', 'data'],
    2: ['dependencies', 'data'],
    3: ['slot_variables', 'data'],
    4: ['user_object', of(() => USER_OBJECT)],
    5: ['asset', 'data'],
    6: ['function', 'data'],
    7: ['variable', 'data'],
    8: ['bare_concrete_function', 'data'],
    9: ['constant', 'data'],
    10: ['resource', 'data'],
    11: ['saveable_objects', 'data'],
    12: ['captured_tensor', 'data'],
    13: ['registered_name', 'text'],
    14: ['serialized_user_proto', 'data'],
    15: ['dependencies_2', 'data'],
    16: ['registered_saver', 'text'],
  },
}

const OBJECT_GRAPH: MessageSpec = {
  name: 'SavedObjectGraph',
  fields: { 1: ['nodes', of(() => SAVED_OBJECT)], 2: ['concrete_functions', 'data'] },
}

export const META_GRAPH: MessageSpec = {
  name: 'MetaGraphDef',
  visit: true,
  fields: {
    1: ['meta_info_def', kept(() => META_INFO)],
    2: ['graph_def', one(() => GRAPH_DEF)],
    3: ['saver_def', kept(() => SAVER)],
    4: ['collection_def', 'data'],
    5: ['signature_def', 'data'],
    6: ['asset_file_def', of(() => ASSET)],
    7: ['object_graph_def', one(() => OBJECT_GRAPH)],
  },
}

export const SAVED_MODEL: MessageSpec = {
  name: 'SavedModel',
  visit: true,
  fields: { 1: ['saved_model_schema_version', 'int'], 2: ['meta_graphs', of(() => META_GRAPH)] },
}

const KERAS_OBJECT: MessageSpec = {
  name: 'SavedKerasObject',
  visit: true,
  fields: {
    2: ['node_id', 'int'],
    3: ['node_path', 'text'],
    4: ['identifier', 'text'],
    5: ['metadata', 'data'],
    6: ['version', 'data'],
  },
}

export const KERAS_METADATA: MessageSpec = {
  name: 'SavedKerasMetadata',
  visit: true,
  fields: { 1: ['nodes', of(() => KERAS_OBJECT)] },
}

export const FINGERPRINT: MessageSpec = {
  name: 'FingerprintDef',
  visit: true,
  fields: {
    1: ['saved_model_checksum', 'int'],
    2: ['graph_def_program_hash', 'int'],
    3: ['signature_def_hash', 'int'],
    4: ['saved_object_graph_hash', 'int'],
    5: ['checkpoint_hash', 'int'],
    6: ['version', one(() => VERSIONS)],
    7: ['uuid', 'text'],
  },
}
