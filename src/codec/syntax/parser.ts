import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { setFlagsFromString } from 'node:v8'
import type { Language, Parser, TreeCursor } from 'web-tree-sitter'
import { FormatError } from '../../model/trouble.ts'
import type { Grammar, Syntax, SyntaxNode } from './language.ts'

/**
 * Largest source parsed, in UTF-16 units. Bundles of real packages reach 10 MB, hand-written files 1 MB; a tree takes
 * some 50 bytes of memory per byte of source, which at this size stays within a worker's share.
 */
export const SOURCE_LIMIT = 4 * 1024 * 1024

/** Nodes kept of one tree: minified code has one per 3 bytes. */
const NODE_LIMIT = 1_500_000

/** Nesting kept, chains of one operator not counted: people reach 30, generated code 100; analysis recurses this deep. */
const DEPTH_LIMIT = 250

/**
 * Steps of the parser (in hundreds, as it reports them) that a text may take. Honest code takes about one per 40
 * characters; ambiguous nonsense takes time that grows with the square of its length. Steps, not seconds, so that the
 * result is the same on every machine.
 */
const STEPS_PER_CHARACTER = 0.5
const STEPS_AT_LEAST = 20_000

const ERRORS_KEPT = 8

const parsers = new Map<Grammar, Promise<Parser>>()
let library: Promise<typeof import('web-tree-sitter')> | undefined

async function load(): Promise<typeof import('web-tree-sitter')> {
  const module = await import('web-tree-sitter')
  await module.Parser.init()
  return module
}

async function parserOf(grammar: Grammar): Promise<Parser> {
  library ??= load()
  const { Language, Parser } = await library
  const wasm = createRequire(import.meta.url).resolve(
    `@vscode/tree-sitter-wasm/wasm/tree-sitter-${grammar}.wasm`,
  )
  const language: Language = await Language.load(await readFile(wasm))
  return new Parser().setLanguage(language)
}

/**
 * Parses a text, tolerating errors. The library is loaded at the first call, a grammar at its first use, both once per
 * thread; the tree is copied and its memory given back before this returns.
 * Throws `FormatError('limit')` where the text is too large or too ambiguous.
 */
export async function parse(grammar: Grammar, text: string, tick: () => void): Promise<Syntax> {
  if (text.length > SOURCE_LIMIT) {
    throw new FormatError('limit', `a source of over ${SOURCE_LIMIT} characters is not analysed`)
  }
  let pending = parsers.get(grammar)
  if (!pending) {
    pending = parserOf(grammar)
    parsers.set(grammar, pending)
  }
  const parser = await pending
  const limit = Math.max(STEPS_AT_LEAST, text.length * STEPS_PER_CHARACTER)
  let steps = 0
  const progressCallback = () => {
    if (++steps % 256 === 0) tick()
    return steps > limit
  }
  try {
    const tree = unoptimized(grammar, () => parser.parse(text, null, { progressCallback }))
    if (!tree) throw new FormatError('limit', 'the text is too ambiguous to be parsed')
    const cursor = tree.walk()
    try {
      return copy(cursor, grammar)
    } finally {
      cursor.delete()
      tree.delete()
    }
  } finally {
    parser.reset()
  }
}

/**
 * Grammars whose scanner is one function of 160 and 370 kB: V8 finds it hot after a page of text, and optimizing it takes up
 * to a second and 370 MB, more than any script is worth. The filter is asked whenever a function has become hot, so it can be
 * set for one parse; another thread may optimize one function later than it would.
 */
const NEVER_OPTIMIZED: ReadonlySet<Grammar> = new Set<Grammar>(['powershell', 'bash'])

/** No function has this index, so none is optimized; -1 is V8's own setting: every function may be. */
const TIER_UP = { never: '--wasm-tier-up-filter=1000000', usual: '--wasm-tier-up-filter=-1' }

function unoptimized<T>(grammar: Grammar, run: () => T): T {
  if (!NEVER_OPTIMIZED.has(grammar)) return run()
  setFlagsFromString(TIER_UP.never)
  try {
    return run()
  } finally {
    setFlagsFromString(TIER_UP.usual)
  }
}

interface Draft {
  readonly type: string
  readonly field: string | undefined
  readonly start: number
  readonly end: number
  readonly children: Draft[]
  readonly depth: number
}

/** Chains that nest to the left once for each operator or call: they are as deep as they are long, and harmless. */
const CHAINS = new Set(['binary_operator', 'binary_expression', 'boolean_operator', 'assignment'])

function copy(cursor: TreeCursor, grammar: Grammar): Syntax {
  const keepTokens = grammar === 'bash' || grammar === 'powershell'
  const errors: { start: number; end: number }[] = []
  let [count, errorCount, dropped] = [0, 0, 0]
  const open: Draft[] = []
  let root: Draft | undefined
  for (let more = true; more; ) {
    const parent = open.at(-1)
    const type = cursor.nodeType
    const isChain = parent !== undefined && CHAINS.has(type) && parent.type === type
    const depth = (parent?.depth ?? 0) + (isChain ? 0 : 1)
    const field = cursor.currentFieldName ?? undefined
    const draft: Draft = { type, field, start: cursor.startIndex, end: cursor.endIndex, children: [], depth }
    if (type === 'ERROR' || cursor.nodeIsMissing) {
      if (errors.push({ start: draft.start, end: draft.end }) > ERRORS_KEPT) errors.pop()
      errorCount++
    }
    const isKept = keepTokens || cursor.nodeIsNamed || field !== undefined || parent?.type === 'slice'
    const fits = depth <= DEPTH_LIMIT && count < NODE_LIMIT
    if (isKept && fits) {
      if (parent) parent.children.push(draft)
      else root = draft
      count++
    } else if (isKept) dropped++
    if (isKept && fits && cursor.gotoFirstChild()) {
      open.push(draft)
      continue
    }
    while (!cursor.gotoNextSibling()) {
      open.pop()
      if (!cursor.gotoParent()) {
        more = false
        break
      }
    }
  }
  const empty: SyntaxNode = { type: 'program', field: undefined, start: 0, end: 0, children: [] }
  return { root: root ?? empty, errors, errorCount, dropped }
}
