import type { ByteSource } from '../../bytes/source.ts'
import { HashTable } from '../../codec/hash-table.ts'
import { Window } from '../../codec/window.ts'
import type { InspectContext } from '../inspector.ts'
import { LayoutSurvey } from './layout.ts'
import { LinkLedger, NameLedger } from './names.ts'
import { SpanRun } from './spans.ts'

/** What is known of one tar archive while its members are handed out. */
export class TarState {
  readonly bytes: ByteSource
  readonly context: InspectContext
  readonly window: Window
  readonly spans = new SpanRun()
  readonly links = new LinkLedger()
  readonly survey = new LayoutSurvey()
  readonly names: NameLedger
  readonly #visited: HashTable
  readonly #key = { high: 0, low: 0 }
  #members = 0

  constructor(bytes: ByteSource, context: InspectContext) {
    this.bytes = bytes
    this.context = context
    this.window = new Window(bytes, context.signal)
    this.names = new NameLedger(64)
    this.#visited = new HashTable()
  }

  /** Was a header at this place dealt with before? Marks it; paths of different readers often meet again. */
  visit(at: number): boolean {
    this.#key.high = Math.floor(at / 2 ** 32)
    this.#key.low = at >>> 0
    return this.#visited.add(this.#key, 0) === undefined
  }

  count(): void {
    this.#members++
    this.context.meter.check('entries', this.#members)
    this.context.meter.tick()
  }
}
