import type { MessageSpec } from '../protobuf-message.ts'

/** The program of a Core ML model (`MIL.proto` of coremltools): down to the files that hold its weights. */

const entry = (name: string, value: () => MessageSpec): MessageSpec => ({
  name,
  fields: { 1: ['key', 'text'], 2: ['value', { message: value }] },
})

const BLOB: MessageSpec = {
  name: 'BlobFileValue',
  visit: true,
  fields: { 1: ['fileName', 'text'], 2: ['offset', 'int'] },
}
const VALUE: MessageSpec = {
  name: 'Value',
  fields: {
    1: ['docString', 'text'],
    2: ['type', 'data'],
    3: ['immediateValue', 'data'],
    5: ['blobFileValue', { message: () => BLOB }],
  },
}
const ATTRIBUTE = entry('AttributesEntry', () => VALUE)
const BINDING: MessageSpec = {
  name: 'Binding',
  fields: { 1: ['name', 'text'], 2: ['value', { message: () => VALUE }] },
}
const ARGUMENT: MessageSpec = { name: 'Argument', fields: { 1: ['arguments', { message: () => BINDING }] } }
const INPUT = entry('InputsEntry', () => ARGUMENT)
const OPERATION: MessageSpec = {
  name: 'Operation',
  visit: true,
  fields: {
    1: ['type', 'text'],
    2: ['inputs', { message: () => INPUT }],
    3: ['outputs', 'data'],
    4: ['blocks', { message: () => BLOCK }],
    5: ['attributes', { message: () => ATTRIBUTE }],
  },
}
const BLOCK: MessageSpec = {
  name: 'Block',
  fields: {
    1: ['inputs', 'data'],
    2: ['outputs', 'texts'],
    3: ['operations', { message: () => OPERATION }],
    4: ['attributes', { message: () => ATTRIBUTE }],
  },
}
const SPECIALIZATION = entry('BlockSpecializationsEntry', () => BLOCK)
const FUNCTION: MessageSpec = {
  name: 'Function',
  fields: {
    1: ['inputs', 'data'],
    2: ['opset', 'text'],
    3: ['block_specializations', { message: () => SPECIALIZATION }],
    4: ['attributes', { message: () => ATTRIBUTE }],
  },
}
const FUNCTIONS = entry('FunctionsEntry', () => FUNCTION)

export const MIL_PROGRAM: MessageSpec = {
  name: 'Program',
  fields: {
    1: ['version', 'int'],
    2: ['functions', { message: () => FUNCTIONS }],
    3: ['docString', 'text'],
    4: ['attributes', { message: () => ATTRIBUTE }],
  },
}
