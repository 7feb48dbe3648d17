import type { ProgressEvent } from '../engine/events.ts'
import { bytesText, columns, countText, durationText, plural, shorten } from '../report/layout.ts'
import { printable } from '../report/printable.ts'

/** The parts of a terminal that the line needs; a fake one in tests. */
export interface Terminal {
  readonly columns?: number
  write(text: string): unknown
}

/** Nothing is shown of a scan that is over before a person would look. */
const FIRST_AFTER_MS = 400
const EVERY_MS = 100
/** The rate is that of the last seconds, so that time left follows a change of disk or kind of file. */
const WINDOW_MS = 5_000

const CLEAR = '\r\u001b[2K'

/** One line on a terminal that follows a scan, and leaves no trace. */
export class ProgressLine {
  readonly #terminal: Terminal
  readonly #now: () => number
  readonly #started: number
  #next: number
  #files = 0
  #bytes = 0
  #done = 0
  #read = 0
  #path = ''
  #drawn = 0
  #marks: { at: number; read: number }[] = []

  constructor(terminal: Terminal, now: () => number = () => performance.now()) {
    this.#terminal = terminal
    this.#now = now
    this.#started = now()
    this.#next = this.#started + FIRST_AFTER_MS
  }

  readonly on = (event: ProgressEvent): void => {
    if (event.kind === 'found') {
      this.#files = event.files
      this.#bytes = event.bytes
    } else if (event.kind === 'advance') {
      this.#read += event.bytes
    } else {
      this.#done++
      this.#path = event.path
    }
    const now = this.#now()
    if (now >= this.#next) {
      this.#next = now + EVERY_MS
      this.#draw(now)
    }
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#drawn > 0) this.#terminal.write(CLEAR)
    this.#drawn = 0
  }

  #draw(now: number): void {
    this.#marks.push({ at: now, read: this.#read })
    while ((this.#marks[0]?.at ?? now) < now - WINDOW_MS) this.#marks.shift()
    const width = (this.#terminal.columns ?? 80) - 1
    const parts = this.#parts(now)
    while (parts.length > 1 && columns(parts.join(' · ')) > width) parts.pop()
    const line = parts.join(' · ')
    const room = width - columns(line) - 3
    const path = room >= 12 && this.#path !== '' ? ` · ${shorten(printable(this.#path), room)}` : ''
    this.#terminal.write(`${CLEAR}${line}${path}`)
    this.#drawn++
  }

  #parts(now: number): string[] {
    const rate = this.#rate(now)
    const left = this.#bytes - this.#read
    return [
      this.#bytes > 0
        ? `${Math.min(100, Math.floor((this.#read / this.#bytes) * 100))} % of ${bytesText(this.#bytes)}`
        : 'looking for files',
      ...(this.#files > 0 ? [`${countText(this.#done)} of ${plural(this.#files, 'file')}`] : []),
      ...(rate > 0 ? [`${bytesText(rate)}/s`] : []),
      ...(rate > 0 && left > 0 ? [`${leftText(left / rate)} left`] : []),
    ]
  }

  #rate(now: number): number {
    const first = this.#marks.length > 1 ? this.#marks[0] : { at: this.#started, read: 0 }
    if (!first || now <= first.at) return 0
    return ((this.#read - first.read) / (now - first.at)) * 1000
  }
}

/** Whole seconds: more would only flicker. */
function leftText(seconds: number): string {
  return seconds < 60 ? `${Math.max(1, Math.ceil(seconds))} s` : durationText(seconds * 1000)
}
