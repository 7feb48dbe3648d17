import { hash } from 'node:crypto'
import { memorySource } from '../../bytes/memory.ts'
import type { Behaviour, Owner } from '../../codec/syntax/records.ts'
import { Lines, type SourceText } from '../../codec/syntax/source-text.ts'
import { HINTS, type ToolRecord } from '../../codec/syntax/tool-record.ts'
import { canonicalJson, type FactDraft, type JsonObject } from '../../model/fact.ts'
import { type Emission, fact } from '../inspector.ts'

/** Calls of one file that are told apart; of more, the constants are left out, so that they fold. */
const CALLS_TOLD_APART = 1000
/** A place that more functions lead to belongs to the file. */
const FUNCTIONS_TOLD = 32
const TEXT_KEPT = 160
const CHILDREN = 64

/** Where reading and changing files leads is of interest when what goes there is. */
const ORDINARY_SOURCES = new Set(['file', 'environment', 'process', 'stdin'])

/** A command line or argument vector in the code, for whoever reads commands. */
export interface CommandPlace {
  readonly command: readonly (string | undefined)[]
  readonly shell: boolean
  readonly place: JsonObject
  readonly at: FactDraft['at']
}

/** States what the analysis of one file found. `commands` receives the command lines among it. */
export class BehaviourFacts {
  readonly #behaviour: Behaviour
  readonly #text: string
  readonly #lines: Lines
  readonly #language: string
  readonly commands: CommandPlace[] = []

  constructor(behaviour: Behaviour, { text }: SourceText, language: string) {
    this.#behaviour = behaviour
    this.#text = text
    this.#lines = new Lines(text)
    this.#language = language
  }

  *facts(): Generator<Emission> {
    const { imports, environment, tools, exhausted } = this.#behaviour
    for (const tool of tools) yield this.#tool(tool)
    for (const { module, name, owner } of this.#behaviour.crossings) {
      const { context: _, ...place } = this.#place(owner)
      yield fact('code.crossing', { module, name, ...place })
    }
    for (const { module, name = '', owner, start, end } of imports) {
      yield this.#fact('code.import', { module, name }, owner, start, end)
    }
    for (const { name, owner, start, end } of environment) {
      yield this.#fact('code.environment', { name }, owner, start, end)
    }
    yield* this.#calls()
    yield* this.#flows()
    yield* this.#blobs()
    if (exhausted)
      yield { type: 'damage', kind: 'limit', message: 'the code is too involved to be analysed to its end' }
  }

  *#calls(): Generator<Emission> {
    const { calls } = this.#behaviour
    for (const call of calls) {
      const { callee, effect, kinds, paths, shell, reflected, obfuscated, owner, start, end, command } = call
      const constants = calls.length > CALLS_TOLD_APART ? [] : call.constants
      const data = {
        callee,
        effect,
        program: programOf(command),
        arguments: kinds,
        constants,
        paths,
        shell,
        dynamic: reflected,
        obfuscated,
      }
      yield this.#fact('code.call', data, owner, start, end)
      const place = this.#place(owner)
      if (command) this.commands.push({ command, shell, place, at: this.#lines.at(start) })
    }
  }

  *#flows(): Generator<Emission> {
    for (const { source, sink, callee, constants, paths, owner, origin, start, end } of this.#behaviour
      .flows) {
      if (sink.startsWith('file-') && ORDINARY_SOURCES.has(source)) continue
      const from = origin ? ` ← ${origin.callee} in line ${this.#lines.at(origin.start).line}` : ''
      const draft = this.#fact('code.flow', { source, sink, callee, constants, paths }, owner, start, end)
      yield { ...draft, text: `${draft.text ?? ''}${from}` }
    }
  }

  *#blobs(): Generator<Emission> {
    const { decoded } = this.#behaviour
    for (const { via, content, isBytes, runs, owner, start, end } of decoded.slice(0, CHILDREN)) {
      const isText = !/[^\t\n\r\x20-\x7e\x80-\u{10ffff}]/u.test(content)
      const { line, column } = this.#lines.at(start)
      const isCode = runs || (isText && LOOKS_LIKE_CODE.test(content))
      yield this.#fact('code.decoded', { via, content: isText ? 'text' : 'binary', runs }, owner, start, end)
      if (!isCode && (isText || !CARRIERS.some((c) => content.startsWith(c)))) continue
      const bytes = Buffer.from(content, isBytes && !isText ? 'latin1' : 'utf8')
      yield {
        type: 'child',
        name: `@${line}:${column}`,
        bytes: memorySource(bytes),
        ...(isCode ? { format: runs ? this.#language : languageOf(content, this.#language) } : {}),
      }
    }
    if (decoded.length > CHILDREN) {
      yield {
        type: 'damage',
        kind: 'limit',
        message: 'too many decoded constants; the rest was not inspected',
      }
    }
  }

  #fact(kind: string, data: JsonObject, owner: Owner, start: number, end: number) {
    const text = this.#text.slice(start, Math.min(end, start + TEXT_KEPT)).replaceAll(/\s+/g, ' ')
    const cut = end - start > TEXT_KEPT ? '…' : ''
    return fact(kind, { ...data, ...this.#place(owner) }, this.#lines.at(start), `${text}${cut}`)
  }

  #tool({ name, role, description, hints, start }: ToolRecord) {
    const annotations = HINTS.flatMap((hint) => (hints[hint] === undefined ? [] : [`${hint}=${hints[hint]}`]))
    const definition = hash('sha256', canonicalJson({ name, role, description, annotations }), 'hex')
    const data = { name, role, description, annotations, definition, language: this.#language }
    return fact('code.tool', data, this.#lines.at(start), name)
  }

  #place(owner: Owner): JsonObject {
    const context = this.#behaviour.contextOf(owner)
    const functions = this.#behaviour.functionsOf(owner).slice(0, FUNCTIONS_TOLD)
    return { language: this.#language, context, tools: this.#behaviour.toolsOf(owner), functions }
  }
}

/** Programs, archives and pickles; pictures, sounds and WebAssembly are embedded by honest code every day. */
const CARRIERS = [
  '\x7fELF',
  'MZ',
  '\xcf\xfa\xed\xfe',
  '\xca\xfe\xba\xbe',
  'PK\x03\x04',
  '\x1f\x8b',
  '\x80\x04',
  '#!',
]

const LOOKS_LIKE_CODE =
  /^\s*(?:import\s+\w|from\s+[\w.]+\s+import\b|(?:const|let|var)\s+\w+\s*=|function\b|#!|(?:async\s+)?def\s+\w+\s*\()|\b(?:exec|eval|require|__import__|subprocess|os\.system|curl|wget|bash|powershell)\b/m

function languageOf(content: string, language: string): string {
  if (/^\s*#!.*\b(?:ba|z|da)?sh\b|^\s*(?:curl|wget|bash|sh)\s/m.test(content)) return 'shell'
  return language
}

/** What a command line or argument vector starts: a base name without directory; empty where it is not constant. */
function programOf(command: readonly (string | undefined)[] | undefined): string {
  const words = (command?.[0] ?? '').trim().split(/\s+/)
  const word = words.find((w) => !/^\w+=/.test(w) && !/^(?:sudo|env|exec|nohup|time|command)$/.test(w)) ?? ''
  const base =
    word
      .replace(/^["']|["']$/g, '')
      .split(/[/\\]/)
      .at(-1) ?? ''
  const name = base.replace(/\.(?:exe|cmd|bat)$/i, '')
  return /^[\w.+-]+$/.test(name) && !name.startsWith('-') ? name : ''
}
