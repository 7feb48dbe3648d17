import type { ByteSource } from '../../bytes/source.ts'
import type { Descriptors } from '../../codec/pickle/descriptors.ts'
import type { PersistentCollector } from '../../codec/torch/collector.ts'
import type { FactCatalogue } from '../../model/fact.ts'
import { type Emission, fact } from '../inspector.ts'

export const STORAGE_FACTS: FactCatalogue = {
  'pickle.storage': {
    about:
      'A tensor storage that the pickle asks for by a persistent id: class, key, device and number of elements. One fact for each distinct storage, however many tensors share it.',
    fields: { type: 'string', key: 'string', location: 'string', elements: 'number' },
  },
}

/** Each distinct storage once; who checks them against the data is `relate/torch-storages.ts`. */
export async function* storageFacts(
  found: PersistentCollector,
  source: ByteSource,
  descriptors: Descriptors,
): AsyncGenerator<Emission> {
  for await (const { offset, id } of found.ids(source, descriptors)) {
    if (id.kind !== 'storage') continue
    const { type, key, location, elements } = id
    yield fact('pickle.storage', { type, key, location, elements }, { offset })
  }
}
