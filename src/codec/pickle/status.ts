/**
 * Why the machine handed back control: it needs the window moved to its position, the bytes of a value outside the
 * window, the end of a line longer than the window, or a step out of the stream; or it is through.
 */
export type Status = 'run' | 'window' | 'value' | 'line' | 'outside' | 'stop' | 'failed'

export interface Failure {
  readonly kind: 'truncated' | 'corrupt' | 'limit'
  readonly message: string
  readonly offset: number
}

/** A place where the reader of a file and the reader of a bytes object part ways: see `readings.ts`. */
export interface Fork {
  /** Offset of the FRAME opcode whose end was crossed. */
  readonly frame: number
  /** The bytes of the frame that the reader of a file would throw away. */
  readonly from: number
  readonly to: number
}
