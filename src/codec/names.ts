/** What can be wrong with a member's name or link target; an honest archive may have some of them. */
export type NameIssue =
  | 'empty'
  | 'traversal'
  | 'dot-dot'
  | 'absolute'
  | 'drive'
  | 'unc'
  | 'backslash'
  | 'nul'
  | 'control'
  | 'bidi'
  | 'invisible'
  | 'reserved'
  | 'colon'
  | 'trailing'
  | 'not-utf8'
  | 'too-long'

/** Linux PATH_MAX and NAME_MAX: beyond them `realpath` and extraction filters give up (CVE-2025-4517). */
const PATH_MAX = 4096
const NAME_MAX = 255

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
// An ASCII name without anything that any test below looks for. Nearly every honest name takes this way out.
const PLAIN =
  /^[A-Za-z0-9_+@=,~#()[\]{}%$&!'-][ A-Za-z0-9_.+@=,~#()[\]{}%$&!'-]*(?:\/[ A-Za-z0-9_.+@=,~#()[\]{}%$&!'-]*)*$/
const RESERVED =
  /(?:^|[/\\])(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?:[ .:][^/\\]*)?(?=[/\\]|$)/i
// Overrides, embeddings and isolates reorder what a person reads; the plain marks (LRM, RLM, ALM) are ordinary.
const BIDI = /[\u202a-\u202e\u2066-\u2069]/
const INVISIBLE = /[\u200b\u2060-\u2064\ufeff\u{e0000}-\u{e007f}]/u
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what we look for. `Icon\r` is a Mac folder's icon.
const CONTROL = /[\x01-\x1f\x7f-\x9f]/

/** Text of a name's bytes: UTF-8 where it is valid, else each byte as Latin-1, so that nothing is lost. */
export function decodeName(bytes: Uint8Array): string {
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (isAscii(bytes)) return buffer.toString('latin1')
  try {
    return UTF8.decode(bytes)
  } catch {
    return buffer.toString('latin1')
  }
}

export function isAscii(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if ((bytes[i] as number) > 127) return false
  return true
}

/** Every issue of a name as an extractor on any system would see it. */
export function nameIssues(name: string): NameIssue[] {
  if (name.length < NAME_MAX && PLAIN.test(name) && !name.includes('..') && !odd(name)) return []
  const issues: NameIssue[] = []
  const slashed = name.replaceAll('\\', '/')
  if (name === '') issues.push('empty')
  if (slashed.split('/').includes('..')) issues.push(escapes(slashed) ? 'traversal' : 'dot-dot')
  if (/^[\\/]{2}[^\\/]/.test(name)) issues.push('unc')
  else if (/^[\\/]/.test(name)) issues.push('absolute')
  if (/^[A-Za-z]:/.test(name)) issues.push('drive')
  else if (name.includes(':')) issues.push('colon')
  if (name.includes('\\')) issues.push('backslash')
  if (name.includes('\0')) issues.push('nul')
  if (CONTROL.test(name)) issues.push('control')
  if (BIDI.test(name)) issues.push('bidi')
  if (INVISIBLE.test(name)) issues.push('invisible')
  if (RESERVED.test(name)) issues.push('reserved')
  if (/[ .]+(?:[/\\]|$)/.test(withoutDots(slashed))) issues.push('trailing')
  if (tooLong(name)) issues.push('too-long')
  return issues
}

/** Cheap guard: does a plain name still need the full look? */
function odd(name: string): boolean {
  return RESERVED.test(name) || /[ .](?:\/|$)/.test(name)
}

function withoutDots(path: string): string {
  return path
    .split('/')
    .filter((part) => part !== '.' && part !== '..')
    .join('/')
}

function tooLong(name: string): boolean {
  const encoder = new TextEncoder()
  if (encoder.encode(name).length > PATH_MAX) return true
  return name.split('/').some((part) => part.length * 3 > NAME_MAX && encoder.encode(part).length > NAME_MAX)
}

/** Does a relative path, read from the folder `from`, climb out of the root? Absolute paths are not asked about. */
export function escapes(path: string, from = ''): boolean {
  let depth = from.split('/').filter((part) => part !== '' && part !== '.').length
  for (const part of path.split('/')) {
    if (part === '..') depth--
    else if (part !== '' && part !== '.') depth++
    if (depth < 0) return true
  }
  return false
}

export type LinkTarget = 'inside' | 'absolute' | 'escapes'

/** Where a link leads. A symlink is read from the folder that holds it, a hard link from the archive's root. */
export function linkTarget(target: string, link: string, kind: 'symbolic' | 'hard'): LinkTarget {
  const slashed = target.replaceAll('\\', '/')
  if (/^(?:\/|[A-Za-z]:)/.test(slashed)) return 'absolute'
  const folder = kind === 'hard' ? '' : link.slice(0, link.lastIndexOf('/') + 1)
  return escapes(slashed, folder) ? 'escapes' : 'inside'
}

/** How two names that are not equal can still be one name for some reader. */
export type NameLikeness = 'exact' | 'case' | 'unicode' | 'separator' | 'dot' | 'trailing' | 'nul' | 'several'

/**
 * The key under which every reader that blurs names would find this one: cut at NUL, `\` as `/`, no `./`, no trailing
 * dots or spaces, canonical Unicode, case folded.
 */
export function blurName(name: string): string {
  return STEPS.reduce((blurred, [, step]) => step(blurred), name)
}

const STEPS: readonly (readonly [NameLikeness, (name: string) => string])[] = [
  ['nul', (name) => (name.includes('\0') ? name.slice(0, name.indexOf('\0')) : name)],
  ['separator', (name) => (name.includes('\\') ? name.replaceAll('\\', '/') : name)],
  ['dot', withoutEmpty],
  ['trailing', (name) => (/[ .](?:\/|$)/.test(name) ? name.replace(/[ .]+(?=\/|$)/g, '') : name)],
  ['unicode', (name) => (/[^\0-\x7f]/.test(name) ? name.normalize('NFC') : name)],
  ['case', (name) => name.toLowerCase()],
]

function withoutEmpty(name: string): string {
  if (!name.includes('./') && !name.includes('//') && !name.endsWith('/.') && !name.startsWith('/'))
    return name
  const folder = name.endsWith('/') ? '/' : ''
  return (
    name
      .split('/')
      .filter((part) => part !== '' && part !== '.')
      .join('/') + folder
  )
}

/** In which way two names with one blurred key are alike. */
export function likeness(a: string, b: string): NameLikeness {
  if (a === b) return 'exact'
  for (const [kind, step] of STEPS) if (step(a) === step(b)) return kind
  return 'several'
}
