import { styleText } from 'node:util'
import stringWidth from 'string-width'

/** Columns where no terminal says how many it has. */
export const DEFAULT_WIDTH = 100

/** Where and how text is shown. */
export interface Screen {
  /** Columns to fill; lines never exceed it but for single unbreakable marks. */
  readonly width: number
  readonly paint: Paint
}

type Role =
  | 'strong'
  | 'faint'
  | 'code'
  | 'pass'
  | 'fail'
  | 'incomplete'
  | 'critical'
  | 'high'
  | 'medium'
  | 'low'
  | 'info'
  | 'badge-pass'
  | 'badge-fail'
  | 'badge-incomplete'
  | 'badge-critical'

export type Paint = (role: Role, text: string) => string

const FORMATS: Record<Role, Parameters<typeof styleText>[0]> = {
  strong: 'bold',
  faint: 'dim',
  code: 'cyan',
  pass: 'green',
  fail: 'red',
  incomplete: 'yellow',
  critical: ['bold', 'red'],
  high: 'red',
  medium: 'yellow',
  low: 'blue',
  info: 'dim',
  'badge-pass': ['bold', 'black', 'bgGreen'],
  'badge-fail': ['bold', 'white', 'bgRed'],
  'badge-incomplete': ['bold', 'black', 'bgYellow'],
  'badge-critical': ['bold', 'white', 'bgRed'],
}

/** Colours are decided by the caller, who knows the stream; the report does not. */
export function painter(colours: boolean): Paint {
  if (!colours) return (_, text) => text
  return (role, text) => (text === '' ? '' : styleText(FORMATS[role], text, { validateStream: false }))
}

export function columns(text: string): number {
  return stringWidth(text)
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - columns(text)))
}

export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - columns(text))) + text
}

/** Breaks plain text into lines of at most `width` columns, at spaces where there are any. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const joined = line === '' ? word : `${line} ${word}`
    if (columns(joined) <= width) {
      line = joined
      continue
    }
    if (line !== '') lines.push(line)
    const pieces = breakWord(word, width)
    line = pieces.pop() ?? ''
    lines.push(...pieces)
  }
  lines.push(line)
  return lines
}

/** A word wider than the line is cut hard; paths prefer to end a line at a slash or a comma. */
function breakWord(word: string, width: number): string[] {
  const pieces: string[] = []
  let rest = word
  while (columns(rest) > width) {
    let cut = 0
    let used = 0
    for (const character of rest) {
      const wide = columns(character)
      if (used + wide > width) break
      used += wide
      cut += character.length
    }
    cut = Math.max(cut, 1)
    const nice = Math.max(rest.lastIndexOf('/', cut - 1), rest.lastIndexOf(',', cut - 1)) + 1
    if (nice > cut / 2) cut = nice
    pieces.push(rest.slice(0, cut))
    rest = rest.slice(cut)
  }
  return [...pieces, rest]
}

/** `text` wrapped behind a label: the label stands before the first line, the others are indented by as much. */
export function hang(label: string, text: string, width: number, style: (line: string) => string): string[] {
  const indent = ' '.repeat(columns(label))
  return wrap(text, Math.max(20, width - columns(label))).map(
    (line, i) => (i === 0 ? label : indent) + style(line),
  )
}

/** The middle of a long path goes, its start and its file name stay. */
export function shorten(text: string, width: number): string {
  if (columns(text) <= width) return text
  const characters = [...text]
  let tail = ''
  let used = 1
  const half = Math.ceil((width * 2) / 3)
  while (characters.length > 0 && used + columns(characters.at(-1) ?? '') <= half) {
    const last = characters.pop() ?? ''
    tail = last + tail
    used += columns(last)
  }
  let head = ''
  for (const character of characters) {
    if (used + columns(character) > width) break
    head += character
    used += columns(character)
  }
  return `${head}…${tail}`
}

/** `1.2 GB`: decimal units, as disks and networks are sold. */
export function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']
  let [value, unit] = [bytes, 0]
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit === 0 ? value : value.toFixed(value < 99.95 ? 1 : 0)} ${units[unit]}`
}

/** `14`, `1,234,567`: the same everywhere, whatever the locale. */
export function countText(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',')
}

export function plural(count: number, noun: string, nouns = `${noun}s`): string {
  return `${countText(count)} ${count === 1 ? noun : nouns}`
}

export function durationText(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`
  const seconds = milliseconds / 1000
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  return h > 0 ? `${h} h ${m} min` : `${m} min ${s} s`
}
