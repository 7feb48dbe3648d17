import type { ByteSource } from '../../bytes/source.ts'
import * as K from './kinds.ts'
import { type Literal, literalAt } from './literals.ts'
import type { Machine } from './machine.ts'
import type { Elements } from './stack.ts'
import type { CodeMade } from './traces.ts'

/** Read back from the file. */
export interface CodeShown {
  readonly function: string
  readonly file: string
  /** Bytes of bytecode; -1 where they are not written as bytes (protocol 2). */
  readonly bytes: number
  readonly names: readonly string[]
  readonly constants: readonly string[]
  /** Are all names and constants there? */
  readonly whole: boolean
}

/** What makes code objects; cloudpickle gets the type by a call, whose result has no name. */
const MAKERS: ReadonlySet<string> = new Set(['types.CodeType', 'new.code', 'dill._dill._create_code'])
const TYPES: ReadonlySet<string> = new Set(['cloudpickle.cloudpickle._builtin_type', 'dill._dill._load_type'])
/** Fewest arguments of a code object, in any Python since 2.0. */
const FEWEST = 14
/** Code objects that are described in one file; each is a finding already by the call that makes it. */
const DESCRIBED = 256
/** Bytes read back of one name or constant. */
const SHOWN = 2048

/** Remembers the code object that this call makes, if it does: bytecode, followed by three tuples and two texts. */
export function noteCode(machine: Machine, callee: number, args: Elements, offset: number) {
  const { descriptors, traces } = machine
  if (args.count < FEWEST || traces.codes.length >= DESCRIBED) return
  const name = descriptors.globalOf(callee)?.callable
  const maker = name === undefined ? descriptors.makerOf(callee) : undefined
  const isMaker =
    name === undefined ? maker !== undefined && TYPES.has(descriptors.callableName(maker)) : MAKERS.has(name)
  if (!isMaker) return
  const at = args.descriptors.findIndex((_, i) => [1, 2, 3].every((n) => isTuple(args.descriptors[i + n])))
  if (at < 0) return
  const tuple = (i: number): Elements | undefined =>
    args.descriptors[i] === K.NO_TUPLE
      ? { count: 0, descriptors: [], offsets: [] }
      : machine.tuples.find(args.offsets[i]!)
  const [file, named] = [args.offsets[at + 4], args.offsets[at + 5]]
  if (file === undefined || named === undefined) return
  const code = args.offsets[at]!
  traces.codes.push({ offset, code, constants: tuple(at + 1), names: tuple(at + 2), file, name: named })
}

function isTuple(descriptor: number | undefined): boolean {
  return descriptor === K.TUPLE_VALUE || descriptor === K.NO_TUPLE
}

/** What a person would want to know of a code object, read back from the file. */
export async function showCode(source: ByteSource, made: CodeMade): Promise<CodeShown> {
  const read = async (offset: number): Promise<Literal> =>
    literalAt(await source.read(offset, SHOWN), 0) ?? { kind: 'other' }
  const texts = async (elements: Elements | undefined): Promise<string[]> => {
    const shown: string[] = []
    for (const [i, offset] of (elements?.offsets ?? []).entries()) {
      if (!K.isString(elements?.descriptors[i] ?? K.ABSENT)) continue
      const literal = await read(offset)
      if (literal.kind === 'str') shown.push(literal.value)
    }
    return shown
  }
  const [code, file, name] = [await read(made.code), await read(made.file), await read(made.name)]
  const whole = [made.constants, made.names].every((e) => e !== undefined && e.count === e.offsets.length)
  return {
    function: name.kind === 'str' ? name.value : '?',
    file: file.kind === 'str' ? file.value : '?',
    bytes: code.kind === 'bytes' ? code.length : -1,
    names: await texts(made.names),
    constants: await texts(made.constants),
    whole,
  }
}
