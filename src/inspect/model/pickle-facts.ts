import type { ByteSource } from '../../bytes/source.ts'
import type { AttributeUse, MethodUse, PersistentUse, Use } from '../../codec/pickle/census.ts'
import type { Descriptors } from '../../codec/pickle/descriptors.ts'
import {
  DYNAMIC_GLOBAL,
  EXTENSION_VALUE,
  FIRST_INTERNED,
  PERSISTENT_VALUE,
} from '../../codec/pickle/kinds.ts'
import { OPCODE_NAMES } from '../../codec/pickle/opcodes.ts'
import { previewCall, previewValue, printable } from '../../codec/pickle/preview.ts'
import type { PickleScan } from '../../codec/pickle/scan.ts'
import type { FactCatalogue, JsonObject, Location } from '../../model/fact.ts'
import type { FactEmission } from '../inspector.ts'
import { kindInWords, noteFact, placed } from './pickle-words.ts'

/** What the pickle inspector may state. Offsets and decoded calls are in the locations. */
export const PICKLE_FACTS: FactCatalogue = {
  'pickle.stream': {
    about:
      'One or several pickles back to back: the highest protocol declared, how many, and whether only opcodes occur that the weights_only loader of PyTorch accepts.',
    fields: { protocol: 'number', pickles: 'number', weightsOnly: 'boolean' },
  },
  'pickle.global': {
    about:
      'A distinct use of something imported. `role`: `reference` (pushed and only stored), `call`, `new`, `build` (a state given to what it made), `patch` (a state given to the imported object itself). `callable` is the dotted name after the Python 2 mapping, with `()` for what a call returned; `names` are all names it may go by: as written, mapped, and from each hop of a dotted walk. `hops` are the attributes walked through. `origin`: `import`, `result`, `extension`, `persistent`, `dynamic`, or `misread`: seen only by a reader that does not know joblib and takes the pickle of an array for a part of the one around it.',
    fields: {
      callable: 'string',
      module: 'string',
      name: 'string',
      role: 'string',
      opcode: 'string',
      arity: 'number',
      args: 'strings',
      origin: 'string',
      names: 'strings',
      hops: 'strings',
    },
  },
  'pickle.method': {
    about:
      'APPEND, SETITEM, ADDITEMS and the like applied to what is no container: a call of its method. `on`: `import` (the imported object itself), `object` (made by `callable`), or `unknown`.',
    fields: { callable: 'string', method: 'string', opcode: 'string', on: 'string', names: 'strings' },
  },
  'pickle.attribute': {
    about:
      'BUILD sets an attribute that Python or a later opcode calls (`append`, `__setstate__`, `__class__`, …). `value` is the kind of what it is set to, `shown` the same in words; `on` as in pickle.method.',
    fields: { callable: 'string', attribute: 'string', value: 'string', shown: 'string', on: 'string' },
  },
  'pickle.persistent': {
    about: 'A persistent id, which the loader resolves by its own code. `id` are the kinds of its parts.',
    fields: { opcode: 'string', id: 'strings' },
  },
  'pickle.extension': {
    about: 'An object of the extension registry, which only the loading program can name.',
    fields: { code: 'number' },
  },
  'pickle.differential': {
    about:
      'Something that readers of pickles take differently, or that no pickler writes: `about` names it (frame-straddle, number-base, memo-redefined, …), `means` says it in words. Every reading was inspected.',
    fields: { about: 'string', detail: 'string', means: 'string' },
  },
  'pickle.view': {
    about:
      'A tensor laid over a storage that does not stay inside it. `about`: `beyond`, `negative`, or `unproven`: its numbers are not in the pickle as PyTorch writes them; `means` says it in words.',
    fields: { about: 'string', callable: 'string', means: 'string' },
  },
  'pickle.expansion': {
    about:
      'Containers that hold the same containers so often, level by level, that walking through the value takes more than `references` steps.',
    fields: { references: 'number' },
  },
  'pickle.hidden': {
    about: 'A pickle or archive inside a string or bytes constant; it was inspected as a member.',
    fields: { encoding: 'string', into: 'string' },
  },
}

/** All opcodes that PyTorch's weights_only unpickler has (torch 2.13, `torch._weights_only_unpickler`). */
const WEIGHTS_ONLY = new Set(
  'GLOBAL NEWOBJ REDUCE BUILD APPEND APPENDS SETITEM SETITEMS MARK TUPLE TUPLE1 TUPLE2 TUPLE3 NONE NEWTRUE NEWFALSE EMPTY_TUPLE EMPTY_LIST EMPTY_DICT EMPTY_SET BININT BININT1 BININT2 BINFLOAT BINUNICODE SHORT_BINSTRING BINPERSID BINGET LONG_BINGET BINPUT LONG_BINPUT LONG1 PROTO STOP'.split(
    ' ',
  ),
)

/** The facts of one scan, folded already: as many as there are distinct uses, not occurrences. */
export async function* factsOf(source: ByteSource, scan: PickleScan): AsyncGenerator<FactEmission> {
  const { census, descriptors } = scan
  const refused = OPCODE_NAMES.some((name, opcode) => census.opcodes[opcode] === 1 && !WEIGHTS_ONLY.has(name))
  const first = scan.pickles[0]?.offset ?? 0
  yield {
    type: 'fact',
    kind: 'pickle.stream',
    data: {
      protocol: census.protocol,
      pickles: scan.pickles.length,
      weightsOnly: !refused,
    },
    at: { offset: first },
  }
  for (const use of census.uses()) yield await globalFact(source, descriptors, use)
  for (const use of census.methods()) yield methodFact(descriptors, use)
  for (const use of census.attributes()) yield await attributeFact(source, descriptors, use)
  for (const use of census.persistents()) yield await persistentFact(source, descriptors, use)
  for (const note of census.notes()) yield noteFact(note)
}

async function globalFact(source: ByteSource, descriptors: Descriptors, use: Use): Promise<FactEmission> {
  const callable = descriptors.callableName(use.callee)
  const shown = printable(callable, 200)
  const locations: Location[] = []
  for (const place of use.places) {
    const text = use.role === 'reference' ? shown : await previewCall(source, descriptors, shown, place)
    locations.push({
      at: { offset: place.offset },
      text: use.role === 'call' ? text : roleText(use.role, text),
    })
  }
  const data: JsonObject = {
    callable,
    ...nameParts(descriptors, use.callee),
    role: use.role,
    opcode: OPCODE_NAMES[use.opcode] ?? '',
    arity: use.arity,
    args: use.args ? use.args.map((arg) => descriptors.kindName(arg)) : ['unknown'],
    origin: use.misread ? 'misread' : originOf(descriptors, use.callee),
  }
  return { type: 'fact', kind: 'pickle.global', data, count: use.count, locations }
}

function roleText(role: Use['role'], call: string): string {
  if (role === 'new') return `new ${call}`
  if (role === 'build') return call.replace(/\((.*)\)$/s, '(…).__setstate__($1)')
  return role === 'patch' ? call.replace(/\((.*)\)$/s, '.__dict__.update($1)') : call
}

/** Module, name, hops and every name that a list may know this import by. */
function nameParts(descriptors: Descriptors, callee: number): JsonObject {
  const global = descriptors.globalOf(callee)
  if (!global) {
    const callable = descriptors.callableName(callee)
    return { module: '', name: '', hops: [], names: [callable] }
  }
  const { module, name, callable, hops } = global
  return { module, name, hops: [...hops], names: namesOf(module, name, callable, hops) }
}

/**
 * A walk `random:_os.system` ends at what `os.system` names as well: each tail of the walk is looked up by itself, with
 * the underscore that importing modules put before the names of those they import taken off.
 */
export function namesOf(module: string, name: string, callable: string, hops: readonly string[]): string[] {
  const names = new Set([callable, `${module}.${name}`])
  const parts = callable.split('.')
  const walked = hops.length > 0 ? parts.length - hops.length - 1 : parts.length
  for (let i = walked; i < parts.length - 1; i++) {
    const tail = parts.slice(i)
    names.add(tail.join('.'))
    names.add([tail[0]!.replace(/^_+(?=[a-z])/, ''), ...tail.slice(1)].join('.'))
  }
  return [...names]
}

function originOf(descriptors: Descriptors, callee: number): string {
  if (callee === EXTENSION_VALUE) return 'extension'
  if (callee === PERSISTENT_VALUE) return 'persistent'
  if (callee === DYNAMIC_GLOBAL) return 'dynamic'
  if (callee < FIRST_INTERNED) return 'unknown'
  return descriptors.globalOf(callee) ? 'import' : 'result'
}

/** What a method or attribute belongs to: the import itself, or the callable that made the object. */
function ownerOf(descriptors: Descriptors, target: number): { on: string; callee: number } {
  if (descriptors.globalOf(target)) return { on: 'import', callee: target }
  const maker = descriptors.makerOf(target)
  return maker === undefined ? { on: 'unknown', callee: target } : { on: 'object', callee: maker }
}

function methodFact(descriptors: Descriptors, use: MethodUse): FactEmission {
  const { on, callee } = ownerOf(descriptors, use.target)
  const callable = descriptors.callableName(callee)
  const opcode = OPCODE_NAMES[use.opcode] ?? ''
  const { names } = nameParts(descriptors, callee)
  const text = `${printable(callable, 200)}${on === 'object' ? '(…)' : ''}.${use.method}(…)`
  const data = { callable, method: use.method, opcode, on, names: names ?? [] }
  return { type: 'fact', kind: 'pickle.method', data, count: use.count, locations: placed(use.places, text) }
}

async function attributeFact(
  source: ByteSource,
  descriptors: Descriptors,
  use: AttributeUse,
): Promise<FactEmission> {
  const { on, callee } = ownerOf(descriptors, use.target)
  const callable = descriptors.callableName(callee)
  const value = descriptors.kindName(use.value)
  const shown = use.value >= FIRST_INTERNED ? await previewValue(source, descriptors, use.value, 0) : value
  const text = `${printable(callable, 200)}${on === 'object' ? '(…)' : ''}.${use.attribute} = ${shown}`
  const data = { callable, attribute: use.attribute, value, shown: kindInWords(value), on }
  return {
    type: 'fact',
    kind: 'pickle.attribute',
    data,
    count: use.count,
    locations: placed(use.places, text),
  }
}

async function persistentFact(
  source: ByteSource,
  descriptors: Descriptors,
  use: PersistentUse,
): Promise<FactEmission> {
  const locations: Location[] = []
  for (const place of use.places) {
    const text = await previewCall(source, descriptors, 'persistent_load', place)
    locations.push({ at: { offset: place.offset }, text })
  }
  const data = {
    opcode: OPCODE_NAMES[use.opcode] ?? '',
    id: use.kinds.map((kind) => descriptors.kindName(kind)),
  }
  return { type: 'fact', kind: 'pickle.persistent', data, count: use.count, locations }
}
