export interface ScriptName {
  readonly kind: 'operator' | 'class' | 'escape'
  readonly name: string
  readonly namespace: string
  readonly offset: number
}

// Strings and comments first, so that what they say is not taken for code; then dotted names, `^` marking the Python
// operators that torch's printer writes.
const TOKEN =
  /#[^\n]*|"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'|\^[A-Za-z_]\w*|[A-Za-z_]\w*(?:\s*\.\s*[A-Za-z_]\w*)*/g

const CLASSES = /^__torch__\.torch\.classes\.([^.]+)\./

/** Names that Python has and TorchScript has not; a program that holds one was not written by torch. */
const ESCAPES = new Set(['__import__', 'eval', 'exec', 'compile', 'open', 'globals'])

/** The operators, bound classes and strangers that a TorchScript source names, in order. */
export function* scriptNames(source: string): Generator<ScriptName> {
  for (const match of source.matchAll(TOKEN)) {
    const offset = match.index
    const word = match[0]
    if (word.startsWith('#') || word.startsWith('"') || word.startsWith("'")) continue
    if (word.startsWith('^')) {
      yield { kind: 'escape', name: `prim::PythonOp ${word}`, namespace: '', offset }
      continue
    }
    const name = word.replaceAll(/\s/g, '')
    const bound = CLASSES.exec(name)
    if (bound) yield { kind: 'class', name, namespace: bound[1] ?? '', offset }
    const parts = name.split('.')
    const called = /^\s*\(/.test(source.slice(offset + word.length, offset + word.length + 8))
    if (!called) continue
    const [first = '', second = '', third = ''] = parts
    if (first === 'ops' && parts.length === 3) {
      yield { kind: 'operator', name: `${second}::${third}`, namespace: second, offset }
    } else if (first === 'torch' && second === 'ops' && parts.length >= 4) {
      yield { kind: 'operator', name: `${third}::${parts[3]}`, namespace: third, offset }
    } else if (first === 'torch' && parts.length === 2) {
      yield { kind: 'operator', name: `aten::${second}`, namespace: 'aten', offset }
    } else if (parts.length === 1 && ESCAPES.has(first)) {
      yield { kind: 'escape', name: first, namespace: '', offset }
    }
  }
}
