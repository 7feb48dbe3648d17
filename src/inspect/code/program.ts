import type { Syntax } from '../../codec/syntax/language.ts'
import { Lines, type SourceText } from '../../codec/syntax/source-text.ts'
import type { Detect, Emission, InspectContext, Opened } from '../inspector.ts'
import { BehaviourFacts } from './behaviour-facts.ts'
import { ShellFacts } from './shell-facts.ts'
import { isContested, sourceFact, withSource } from './source.ts'

/** Inspects a program in a language with variables, functions and calls. */
export function inspectProgram(
  opened: Opened,
  context: InspectContext,
  language: 'python' | 'javascript',
  { detect, interpreters }: { readonly detect: Detect; readonly interpreters: RegExp },
  grammarOf: (name: string) => 'python' | 'javascript' | 'typescript' | 'tsx',
): AsyncIterable<Emission> {
  return withSource(opened, context, language === 'python', async function* (source, tick) {
    const { text } = source
    yield sourceFact(source, language)
    const { analyse } = await import('../../codec/syntax/analyse.ts')
    const { behaviour, syntax } = await analyse(grammarOf(opened.artifact.name.toLowerCase()), text, tick)
    // Declarations of types use more syntax than programs, and nothing that runs.
    const declares = /\.(?:d\.[mc]?ts|pyi)$/i.test(opened.artifact.name)
    const isOther = isContested(opened.artifact.name, text, detect, interpreters)
    if (!declares && !isOther) yield* trouble(syntax, source, language)
    const facts = new BehaviourFacts(behaviour, source, language)
    yield* facts.facts()
    yield* new ShellFacts(source, tick).lines(facts.commands)
  })
}

/** What of a text is no valid program; the rest was analysed. */
export function* trouble(syntax: Syntax, { text }: SourceText, language: string): Generator<Emission> {
  const [first] = syntax.errors
  if (first) {
    const at = new Lines(text).at(first.start)
    yield {
      type: 'damage',
      kind: 'corrupt',
      message: `${syntax.errorCount} places are no valid ${language}`,
      at,
    }
  }
  if (syntax.dropped > 0) {
    yield {
      type: 'damage',
      kind: 'limit',
      message: 'nested too deeply, or too much code, to be analysed to its end',
    }
  }
}
