import type { MessageField, MessageSpec } from '../protobuf.ts'
import { MIL_PROGRAM } from './mil.ts'

/** Messages of which only a part matters: everything else is bulk data, stepped over unread. */

const of = (message: () => MessageSpec): MessageField => ({ message })
const one = (message: () => MessageSpec): MessageField => ({ message, once: true })
const kept = (message: () => MessageSpec): MessageField => ({ message, keep: true })

/** sentencepiece_model.proto. */
const PIECE: MessageSpec = {
  name: 'SentencePiece',
  visit: true,
  fields: { 1: ['piece', 'text'], 2: ['score', 'fixed'], 3: ['type', 'int'] },
}
const NORMALIZER: MessageSpec = {
  name: 'NormalizerSpec',
  visit: true,
  fields: {
    1: ['name', 'text'],
    2: ['precompiled_charsmap', 'data'],
    3: ['add_dummy_prefix', 'int'],
    4: ['remove_extra_whitespaces', 'int'],
    5: ['escape_whitespaces', 'int'],
    6: ['normalization_rule_tsv', 'text'],
  },
}
export const SENTENCEPIECE: MessageSpec = {
  name: 'SentencePieceModel',
  visit: true,
  fields: {
    1: ['pieces', of(() => PIECE)],
    2: ['trainer_spec', 'data'],
    3: ['normalizer_spec', one(() => NORMALIZER)],
    4: ['self_test_data', 'data'],
    5: ['denormalizer_spec', one(() => NORMALIZER)],
  },
}

/** framework.proto of PaddlePaddle. */
const PADDLE_ATTRIBUTE: MessageSpec = {
  name: 'Attr',
  fields: {
    1: ['name', 'text'],
    2: ['type', 'int'],
    3: ['i', 'int'],
    4: ['f', 'fixed'],
    5: ['s', 'text'],
    6: ['ints', 'numbers'],
    7: ['floats', 'numbers'],
    8: ['strings', 'texts'],
    10: ['b', 'int'],
    11: ['bools', 'numbers'],
    12: ['block_idx', 'int'],
    13: ['l', 'int'],
    14: ['blocks_idx', 'numbers'],
    15: ['longs', 'numbers'],
    16: ['float64s', 'numbers'],
    17: ['var_name', 'text'],
    18: ['vars_name', 'texts'],
    19: ['float64', 'fixed'],
    20: ['scalar', 'data'],
    21: ['scalars', 'data'],
  },
}
const PADDLE_OPERATOR: MessageSpec = {
  name: 'OpDesc',
  visit: true,
  fields: {
    1: ['inputs', 'data'],
    2: ['outputs', 'data'],
    3: ['type', 'text'],
    4: ['attrs', kept(() => PADDLE_ATTRIBUTE)],
    5: ['is_target', 'int'],
  },
}
const PADDLE_BLOCK: MessageSpec = {
  name: 'BlockDesc',
  fields: {
    1: ['idx', 'int'],
    2: ['parent_idx', 'int'],
    3: ['vars', 'data'],
    4: ['ops', of(() => PADDLE_OPERATOR)],
    5: ['forward_block_idx', 'int'],
  },
}
export const PADDLE_PROGRAM: MessageSpec = {
  name: 'ProgramDesc',
  visit: true,
  fields: {
    1: ['blocks', of(() => PADDLE_BLOCK)],
    4: ['version', 'data'],
    5: ['op_version_map', 'data'],
  },
}

/** Model.proto of Core ML: what needs code of somebody or names another file. */
const CUSTOM: MessageSpec = {
  name: 'CustomModel',
  visit: true,
  fields: { 10: ['className', 'text'], 30: ['parameters', 'data'], 40: ['description', 'text'] },
}
const CUSTOM_LAYER: MessageSpec = {
  name: 'CustomLayerParams',
  visit: true,
  fields: {
    10: ['className', 'text'],
    20: ['weights', 'data'],
    30: ['parameters', 'data'],
    40: ['description', 'text'],
  },
}
const TEXT_PARAMETER: MessageSpec = { name: 'StringParameter', fields: { 1: ['defaultValue', 'text'] } }
const LINKED_FILE: MessageSpec = {
  name: 'LinkedModelFile',
  visit: true,
  fields: {
    1: ['linkedModelFileName', kept(() => TEXT_PARAMETER)],
    2: ['linkedModelSearchPath', kept(() => TEXT_PARAMETER)],
  },
}
const LINKED: MessageSpec = { name: 'LinkedModel', fields: { 1: ['linkedModelFile', of(() => LINKED_FILE)] } }
const PIPELINE: MessageSpec = {
  name: 'Pipeline',
  fields: { 1: ['models', of(() => COREML)], 2: ['names', 'texts'] },
}
const PIPELINE_OF: MessageSpec = { name: 'PipelineOf', fields: { 1: ['pipeline', of(() => PIPELINE)] } }

const ENTRY: MessageSpec = {
  name: 'UserDefinedEntry',
  visit: true,
  fields: { 1: ['key', 'text'], 2: ['value', 'text'] },
}
const METADATA: MessageSpec = {
  name: 'Metadata',
  fields: {
    1: ['shortDescription', 'text'],
    2: ['versionString', 'text'],
    3: ['author', 'text'],
    4: ['license', 'text'],
    100: ['userDefined', of(() => ENTRY)],
  },
}
const DESCRIPTION: MessageSpec = {
  name: 'ModelDescription',
  fields: {
    1: ['input', 'data'],
    10: ['output', 'data'],
    11: ['predictedFeatureName', 'text'],
    12: ['predictedProbabilitiesName', 'text'],
    13: ['state', 'data'],
    20: ['functions', 'data'],
    21: ['defaultFunctionName', 'text'],
    50: ['trainingInput', 'data'],
    100: ['metadata', of(() => METADATA)],
  },
}

/** A layer has its name and links in front, and one field for its kind; 500 is that of an app's own class. */
const LAYER: MessageSpec = { name: 'NeuralNetworkLayer', fields: layerFields() }
function layerFields(): MessageSpec['fields'] {
  const fields: Record<number, MessageSpec['fields'][number]> = {
    1: ['name', 'text'],
    2: ['input', 'texts'],
    3: ['output', 'texts'],
    4: ['inputTensor', 'data'],
    5: ['outputTensor', 'data'],
    10: ['isUpdatable', 'int'],
  }
  for (let kind = 100; kind < 2000; kind++) fields[kind] = ['kind', 'data']
  return { ...fields, 500: ['custom', of(() => CUSTOM_LAYER)] }
}
const NETWORK: MessageSpec = {
  name: 'NeuralNetwork',
  fields: {
    1: ['layers', of(() => LAYER)],
    2: ['preprocessing', 'data'],
    5: ['arrayInputShapeMapping', 'int'],
    6: ['imageInputShapeMapping', 'int'],
    10: ['updateParams', 'data'],
    100: ['stringClassLabels', 'data'],
    101: ['int64ClassLabels', 'data'],
    200: ['labelProbabilityLayerName', 'text'],
  },
}

/** Kinds of models that are numbers only. */
const KINDS = [
  300, 301, 302, 303, 400, 401, 402, 403, 404, 501, 502, 550, 551, 552, 553, 560, 600, 601, 602, 603, 604,
  606, 607, 609, 900, 2000, 2001, 2002, 2003, 2004, 2005, 2006,
]
export const COREML: MessageSpec = {
  name: 'Model',
  visit: true,
  fields: {
    ...Object.fromEntries(KINDS.map((kind) => [kind, ['kind', 'data'] as const])),
    502: ['mlProgram', of(() => MIL_PROGRAM)],
    1: ['specificationVersion', 'int'],
    2: ['description', one(() => DESCRIPTION)],
    10: ['isUpdatable', 'int'],
    200: ['pipelineClassifier', of(() => PIPELINE_OF)],
    201: ['pipelineRegressor', of(() => PIPELINE_OF)],
    202: ['pipeline', of(() => PIPELINE)],
    303: ['neuralNetworkRegressor', of(() => NETWORK)],
    403: ['neuralNetworkClassifier', of(() => NETWORK)],
    500: ['neuralNetwork', of(() => NETWORK)],
    555: ['customModel', of(() => CUSTOM)],
    556: ['linkedModel', of(() => LINKED)],
    3000: ['serializedModel', 'data'],
  },
}
