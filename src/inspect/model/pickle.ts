import { recognisePickle } from '../../codec/pickle/probe.ts'
import { type PickleScan, scanPickle } from '../../codec/pickle/scan.ts'
import { PersistentCollector } from '../../codec/torch/collector.ts'
import type { Emission, FactEmission, InspectContext, Inspector, Opened, Span } from '../inspector.ts'
import { factsOf, PICKLE_FACTS } from './pickle-facts.ts'
import { FUNCTION_FACTS, functionFacts } from './pickle-functions.ts'
import { hiddenIn } from './pickle-hidden.ts'
import { STORAGE_FACTS, storageFacts } from './pickle-storages.ts'

/**
 * Python pickles of every protocol, one or several back to back. States what the stream would import, call and set when
 * it is loaded, and hands out what hides in its constants; nothing is executed.
 */
export const pickle: Inspector = {
  id: 'pickle',
  detect: {
    probe: (head, _tail, size) => recognisePickle(head, size),
    suffix: ['.pkl', '.pickle', '.p', '.joblib', '.dill', '.dat', '.data', '.bin', '.pt', '.pth', '.ckpt'],
    name: ['data.pkl', 'constants.pkl', 'bytecode.pkl'],
  },
  facts: { ...PICKLE_FACTS, ...STORAGE_FACTS, ...FUNCTION_FACTS },
  inspect,
}

async function* inspect({ bytes }: Opened, { meter, signal }: InspectContext): AsyncGenerator<Emission> {
  // A container may promise a pickle where a zip is; its `P` would be taken for PERSID.
  if (isZip(await bytes.read(0, 2))) return
  const storages = new PersistentCollector(meter)
  const scan = await scanPickle(bytes, { meter, signal, persistent: storages.see })
  for await (const stated of factsOf(bytes, scan)) {
    yield stated
    if (stated.kind === 'pickle.persistent' && !isTorchId(stated)) yield unresolved(stated)
  }
  yield* functionFacts(bytes, scan.codes)
  yield* storageFacts(storages, bytes, scan.descriptors)
  for (const span of spansOf(scan)) yield { type: 'span', ...span }
  for (const { kind, message, offset } of scan.damage) yield { type: 'damage', kind, message, at: { offset } }
  yield* hiddenIn(bytes, scan, meter)
}

/** Tensor storages are members of the archive, and inspected there; legacy files name the source of a module. */
function isTorchId({ data }: FactEmission): boolean {
  const [first] = Array.isArray(data.id) ? data.id : []
  return first === 'str=storage' || first === 'str=module'
}

/** What any other id stands for is decided by a program that we do not have. */
function unresolved({ at }: FactEmission): Emission {
  const message = 'asks its loader for an object by id; what that is, the file does not say'
  return { type: 'damage', kind: 'unsupported', message, ...(at ? { at } : {}) }
}

/** The pickles, without the raw arrays that joblib puts into them: nobody interprets those. */
function* spansOf({ pickles, arrays }: PickleScan): Generator<Omit<Span, 'type'>> {
  const opaque = [...arrays].sort((a, b) => a.offset - b.offset)
  for (const { offset, end } of pickles) {
    let at = offset
    for (const array of opaque) {
      if (array.offset < at || array.offset >= end) continue
      yield { offset: at, length: array.offset - at, as: 'inspected' }
      at = array.offset + array.length
    }
    yield { offset: at, length: end - at, as: 'inspected' }
  }
  for (const { offset, length } of opaque) yield { offset, length, as: 'opaque' }
}

function isZip(head: Uint8Array): boolean {
  return head[0] === 0x50 && head[1] === 0x4b
}
