import type { ByteSource } from '../../bytes/source.ts'
import { type CodeShown, showCode } from '../../codec/pickle/functions.ts'
import { printable } from '../../codec/pickle/preview.ts'
import type { CodeMade } from '../../codec/pickle/traces.ts'
import type { FactCatalogue } from '../../model/fact.ts'
import { type Emission, fact } from '../inspector.ts'

export const FUNCTION_FACTS: FactCatalogue = {
  'pickle.function': {
    about:
      'A function by value (dill, cloudpickle, `types.CodeType`): a code object that is made when the pickle is loaded. `function` and `file` are what it calls itself, `bytes` its bytecode (-1: not known), `uses` the global names and attributes it uses, `whole` whether they are all.',
    fields: { function: 'string', file: 'string', bytes: 'number', uses: 'strings', whole: 'boolean' },
  },
  'pickle.function-name': {
    about:
      'What a function by value can reach by the names it uses: a module among them with a name behind it, or a built-in that runs code. The bytecode is not read, so that the two may belong to other expressions.',
    fields: { function: 'string', callable: 'string', names: 'strings' },
  },
}

/** Modules whose functions run commands, load code or move data; a name of a function behind one of them is looked up. */
const MODULES: ReadonlySet<string> = new Set(
  'os posix nt subprocess sys shutil socket pty importlib runpy ctypes pickle marshal urllib http requests ftplib smtplib webbrowser code types builtins asyncio multiprocessing platform tempfile'.split(
    ' ',
  ),
)
const BUILT_INS: ReadonlySet<string> = new Set(['eval', 'exec', '__import__', 'execfile'])
/** Names that are stated of one function. */
const STATED = 64
const SHOWN = 12

/** The functions by value of one pickle. */
export async function* functionFacts(
  source: ByteSource,
  codes: readonly CodeMade[],
): AsyncGenerator<Emission> {
  for (const made of codes) {
    const shown = await showCode(source, made)
    const at = { offset: made.offset }
    const name = printable(shown.function, 80)
    const { bytes, whole } = shown
    const uses = shown.names.slice(0, STATED).map((use) => printable(use, 80))
    const data = { function: name, file: printable(shown.file, 200), bytes, uses, whole }
    yield fact('pickle.function', data, at, describe(shown))
    for (const callable of reached(shown.names).slice(0, STATED)) {
      yield fact('pickle.function-name', { function: name, callable, names: [callable] }, at, describe(shown))
    }
  }
}

/** Dotted names that the names of a function add up to, in the order in which the compiler met them. */
function reached(names: readonly string[]): string[] {
  const found = new Set<string>()
  for (const [i, name] of names.entries()) {
    if (BUILT_INS.has(name)) found.add(`builtins.${name}`)
    const [head = ''] = name.split('.')
    if (!MODULES.has(head)) continue
    for (const later of names.slice(i + 1)) if (!MODULES.has(later)) found.add(`${name}.${later}`)
  }
  return [...found]
}

function describe({ function: name, file, names, constants }: CodeShown): string {
  const list = (what: string, all: readonly string[]) =>
    all.length === 0 ? '' : `; ${what} ${all.slice(0, SHOWN).join(', ')}${all.length > SHOWN ? ', …' : ''}`
  const quoted = constants.map((text) => `"${text}"`)
  return printable(`${name} (${file})${list('names', names)}${list('holds', quoted)}`, 300)
}
