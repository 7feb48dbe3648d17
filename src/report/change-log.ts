import { bytesText, plural } from './layout.ts'
import { codeSpan } from './markdown-text.ts'
import { printable } from './printable.ts'

/** The parts of a lock's change that a change log tells; made by `lock/diff`. */
export interface ChangeLog {
  readonly added: readonly ChangedEntry[]
  readonly removed: readonly ChangedEntry[]
  readonly changed: readonly ChangedDetails[]
}

interface ChangedEntry {
  readonly asked: { readonly ref: string; readonly kind: string }
  readonly resolved: { readonly pin: string; readonly licence?: string; readonly author?: string }
  readonly files: readonly { readonly size: number }[]
  readonly edges: readonly { readonly role: string; readonly target: string }[]
  readonly capabilities: readonly string[]
}

interface Sets {
  readonly added: readonly string[]
  readonly removed: readonly string[]
}

interface ChangedDetails {
  readonly ref: string
  readonly fields: readonly { readonly name: string; readonly was: string; readonly is: string }[]
  readonly files: readonly ChangedFile[]
  readonly edges: Sets
  readonly capabilities: Sets
  /** What is more than a change of words. */
  readonly grown: readonly string[]
  readonly owners: readonly string[]
  readonly formats: Sets
  readonly surface: Sets & { readonly changed: readonly string[] }
  readonly prompts: readonly {
    readonly path: string
    readonly lines: readonly (readonly [mark: string, line: string])[]
  }[]
}

interface ChangedFile {
  readonly path: string
  readonly how: string
  readonly was?: { readonly path: string; readonly size: number }
  readonly is?: { readonly path: string; readonly size: number }
}

/** One entry shows so many files; a change of all of a large repository is told by its commit. */
const FILES_SHOWN = 100

/** The change log as a reviewer reads it. Markdown for a pull request, else plain text. */
export function* changeLog(log: ChangeLog, markdown: boolean): Generator<string> {
  const code = (text: string) => (markdown ? codeSpan(text) : printable(text))
  const sums = `${log.added.length} added, ${log.removed.length} removed, ${log.changed.length} changed`
  yield markdown ? `### Changes of weighmaster.lock\n\n${sums}\n` : `${sums}\n`
  const head = (mark: string, word: string, ref: string) =>
    markdown ? `\n#### ${word} ${code(ref)}\n\n` : `\n${mark} ${code(ref)}\n`
  const item = (text: string) => (markdown ? `- ${text}\n` : `    ${text}\n`)
  for (const [word, mark, entries] of [
    ['Added', '+', log.added],
    ['Removed', '-', log.removed],
  ] as const) {
    for (const entry of entries) {
      yield head(mark, word, entry.asked.ref)
      for (const line of describe(entry, code)) yield item(line)
    }
  }
  for (const entry of log.changed) {
    yield head('~', 'Changed', entry.ref)
    for (const { name, was, is } of entry.fields)
      yield item(`${name}: ${code(was || 'none')} → ${code(is || 'none')}`)
    yield* sets('pulls in', entry.edges, code, item)
    for (const grown of entry.grown) yield item(`MORE THAN WAS LOCKED: ${code(grown)}`)
    yield* approval(entry, code, item)
    yield* sets('has capability', entry.capabilities, code, item)
    yield* sets('offers', entry.surface, code, item)
    for (const name of entry.surface.changed) yield item(`offers another ${code(name)}`)
    yield* sets('holds files of kind', entry.formats, code, item)
    for (const file of entry.files.slice(0, FILES_SHOWN)) yield item(fileLine(file, code))
    const more = entry.files.length - FILES_SHOWN
    if (more > 0) yield item(`… and ${plural(more, 'more file')}`)
    for (const prompt of entry.prompts) yield* promptLines(prompt, markdown, item)
  }
}

function* describe(
  { asked, resolved, files, edges, capabilities }: ChangedEntry,
  code: (text: string) => string,
): Generator<string> {
  const size = files.reduce((sum, file) => sum + file.size, 0)
  yield `${asked.kind}, ${plural(files.length, 'file')} (${bytesText(size)}), pinned at ${code(resolved.pin)}`
  if (resolved.author !== undefined) yield `owner ${code(resolved.author)}`
  if (resolved.licence !== undefined) yield `licence ${code(resolved.licence)}`
  for (const { role, target } of edges) yield `pulls in ${code(`${role} ${target}`)}`
  for (const capability of capabilities) yield `capability ${code(capability)}`
}

function* sets(
  what: string,
  { added, removed }: Sets,
  code: (text: string) => string,
  item: (text: string) => string,
): Generator<string> {
  for (const text of added) yield item(`now ${what} ${code(text)}`)
  for (const text of removed) yield item(`no longer ${what} ${code(text)}`)
}

/** Who must say yes, where what an assistant is told or what it may do changed. */
function* approval(
  { owners, prompts, surface, capabilities }: ChangedDetails,
  code: (text: string) => string,
  item: (text: string) => string,
): Generator<string> {
  const news = [prompts, surface.added, surface.changed, capabilities.added]
  if (news.every((list) => list.length === 0)) return
  const who = owners.map(code).join(', ') || 'somebody who answers for it (the manifest names no owners)'
  yield item(`to be approved by ${who}`)
}

/** A text diff; in Markdown as a block that no content can leave. */
function* promptLines(
  { path, lines }: ChangedDetails['prompts'][number],
  markdown: boolean,
  item: (text: string) => string,
): Generator<string> {
  const shown = lines.map(([mark, line]) => `${mark}${printable(line)}`)
  yield item(`text of ${markdown ? codeSpan(path) : printable(path)}:`)
  const longest = Math.max(
    2,
    ...shown.flatMap((line) => [...line.matchAll(/`+/g)].map((run) => run[0].length)),
  )
  const fence = '`'.repeat(longest + 1)
  if (markdown) yield `\n  ${fence}diff\n`
  for (const line of shown) yield `${markdown ? '  ' : '      '}${line}\n`
  if (markdown) yield `  ${fence}\n`
}

function fileLine({ path, how, was, is }: ChangedFile, code: (text: string) => string): string {
  const sizes = [was, is].flatMap((file) => (file ? [bytesText(file.size)] : []))
  const from = how === 'renamed' && was ? ` from ${code(was.path)}` : ''
  return `${how} ${code(path)}${from} (${[...new Set(sizes)].join(' → ')})`
}
