import { memorySource } from '../../bytes/memory.ts'
import { commandLine } from '../../codec/command-line.ts'
import type { ShellBehaviour } from '../../codec/syntax/commands.ts'
import { Lines, type SourceText } from '../../codec/syntax/source-text.ts'
import type { At, JsonObject } from '../../model/fact.ts'
import { type Emission, fact } from '../inspector.ts'
import type { CommandPlace } from './behaviour-facts.ts'

const TEXT_KEPT = 160
const LINES_ANALYSED = 500
/** Code inside code inside code: people write two levels. */
const EMBEDDED_DEPTH = 4

/** States what shell commands do: those of a script, and command lines found in other code. */
export class ShellFacts {
  readonly #text: string
  readonly #lines: Lines
  readonly #tick: () => void

  constructor({ text }: SourceText, tick: () => void) {
    this.#text = text
    this.#lines = new Lines(text)
    this.#tick = tick
  }

  async *script(behaviour: ShellBehaviour, language = 'shell'): AsyncGenerator<Emission> {
    const place = (fn: string | undefined) => ({
      language,
      context: fn === undefined ? 'import-time' : 'function',
      tools: [],
    })
    for (const { program, effect, constants, paths, start, end, fn } of behaviour.commands) {
      const data = {
        callee: program,
        program,
        effect,
        constants,
        paths,
        arguments: [],
        shell: true,
        dynamic: false,
      }
      const text = this.#text.slice(start, Math.min(end, start + TEXT_KEPT))
      yield fact('code.call', { ...data, obfuscated: false, ...place(fn) }, this.#lines.at(start), text)
    }
    for (const { trait, constants, start, end, fn } of behaviour.traits) {
      const text = this.#text.slice(start, Math.min(end, start + TEXT_KEPT))
      yield fact('code.trait', { trait, constants, ...place(fn) }, this.#lines.at(start), text)
    }
    for (const { language: format, code, start } of behaviour.embedded) {
      const { line, column } = this.#lines.at(start)
      yield {
        type: 'child',
        name: `@${line}:${column}`,
        format,
        bytes: memorySource(Buffer.from(code)),
      }
    }
  }

  /** The traits of command lines that other code runs; what they start is a fact already. */
  async *lines(commands: readonly CommandPlace[]): AsyncGenerator<Emission> {
    for (const { command, shell, place, at } of commands.slice(0, LINES_ANALYSED)) {
      const line = shell && command.length === 1 ? (command[0] ?? '') : commandLine(command)
      yield* this.#line(line, place, at, 0)
    }
  }

  async *#line(line: string, place: JsonObject, at: At | undefined, depth: number): AsyncGenerator<Emission> {
    if (line.trim() === '' || depth > EMBEDDED_DEPTH) return
    const { analyseShell } = await import('../../codec/syntax/analyse.ts')
    const { behaviour } = await analyseShell(line, this.#tick)
    for (const { trait, constants, start, end } of behaviour.traits) {
      yield fact(
        'code.trait',
        { trait, constants, ...place },
        at,
        line.slice(start, Math.min(end, start + TEXT_KEPT)),
      )
    }
    for (const { language, code } of behaviour.embedded) {
      if (language === 'shell') yield* this.#line(code, place, at, depth + 1)
      else if (at && 'line' in at) {
        const name = `@${at.line}:${at.column}`
        yield { type: 'child', name, format: language, bytes: memorySource(Buffer.from(code)) }
      }
    }
  }
}
