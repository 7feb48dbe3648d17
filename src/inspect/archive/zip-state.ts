import type { ByteSource } from '../../bytes/source.ts'
import { RangeLedger } from '../../codec/ranges.ts'
import { Window } from '../../codec/window.ts'
import type { Child, InspectContext } from '../inspector.ts'
import { LayoutSurvey } from './layout.ts'
import { LinkLedger } from './names.ts'
import { RecordStarts } from './record-starts.ts'
import { SpanRun } from './spans.ts'

/** What is known of one zip archive while its members are handed out. */
export class ZipState {
  readonly bytes: ByteSource
  readonly context: InspectContext
  readonly window: Window
  readonly spans = new SpanRun()
  /** Ranges of members, directories and end records. */
  readonly ranges = new RangeLedger()
  readonly directories: { readonly offset: number; readonly length: number }[] = []
  /** Filled for a remote archive only. */
  readonly starts = new RecordStarts()
  readonly links = new LinkLedger()
  readonly survey = new LayoutSurvey()
  /** Without one, local headers are all there is, and none of them is unlisted. */
  readonly hasDirectory: boolean
  #pt2: string[] | undefined
  #torch: readonly string[] | undefined

  constructor(bytes: ByteSource, context: InspectContext, hasDirectory: boolean) {
    this.bytes = bytes
    this.context = context
    this.window = new Window(bytes, context.signal)
    this.hasDirectory = hasDirectory
  }

  /** What the layout says of a member: tensor bytes that no loader interprets, the pickle that every loader runs. */
  hint(name: string): Pick<Child, 'format' | 'opaque'> {
    this.#torch ??= [...this.survey.roots('torch'), ...this.survey.roots('torchscript')]
    for (const root of this.#torch) {
      if (!name.startsWith(`${root}/`)) continue
      const inner = name.slice(root.length + 1)
      if (/^(?:data|constants)\/[^/.]+$/.test(inner)) return { opaque: true, format: 'torch-storage' }
      if (/^(?:data|constants)\.pkl$/i.test(inner)) return { format: 'pickle' }
      if (/^code\/.*\.py$/i.test(inner)) return { format: 'torchscript' }
    }
    if (name === 'schema.json' && this.survey.roots('skops').length > 0) return { format: 'skops' }
    return this.#exported(name)
  }

  /** Parts of a torch.export archive: tables of weights, graphs, raw tensors, and what is unpickled. */
  #exported(name: string): Pick<Child, 'format' | 'opaque'> {
    this.#pt2 ??= this.survey.roots('pt2')
    for (const root of this.#pt2) {
      if (!name.startsWith(`${root}/`)) continue
      const inner = name.slice(root.length + 1)
      if (/^(?:models\/[^/]+|data\/(?:weights|constants)\/[^/]+_config)\.json$/.test(inner))
        return { format: 'torch-export' }
      if (/^data\/constants\/opaque_obj_\d+$/.test(inner)) return { format: 'pickle' }
      if (/^data\/(?:weights\/weight|constants\/tensor)_\d+$/.test(inner))
        return { opaque: true, format: 'torch-storage' }
    }
    return {}
  }
}
