import type { Meter } from '../../bytes/meter.ts'
import type { ByteSource } from '../../bytes/source.ts'
import type { Descriptors } from '../pickle/descriptors.ts'
import type { Elements } from '../pickle/stack.ts'
import { type PersistentId, PersistentReader } from './persistent.ts'

/** Gathers the persistent ids of a torch pickle while it is scanned, and reads their values afterwards. */
export class PersistentCollector {
  readonly #meter: Meter
  readonly #found: { offset: number; elements: Elements }[] = []

  constructor(meter: Meter) {
    this.#meter = meter
  }

  /** For `PickleScanOptions.persistent`. */
  readonly see = (offset: number, elements: Elements | undefined): void => {
    // Tensors that share a storage ask for it by the same words, which the memo gives one place.
    const last = this.#found.at(-1)?.elements
    if (!elements || last?.offsets.every((at, i) => at === elements.offsets[i])) return
    this.#meter.check('facts', this.#found.push({ offset, elements }))
  }

  async *ids(
    source: ByteSource,
    descriptors: Descriptors,
  ): AsyncGenerator<{ readonly offset: number; readonly id: PersistentId }> {
    const reader = new PersistentReader(source, descriptors)
    for (const { offset, elements } of this.#found) yield { offset, id: await reader.read(elements) }
  }
}
