import type { Setting } from '../codec/settings.ts'
import { readScalar } from './read.ts'
import { readLoaders } from './read-loaders.ts'
import {
  ARGUMENT_KINDS,
  type Argument,
  type ArgumentList,
  type List,
  type NamesList,
  type Signature,
  type SignaturesList,
} from './schema.ts'

const NAME = /^[^\s.*]+(\.[^\s.*]+)*$/
const NAME_OR_MODULE = /^[^\s.*]+(\.[^\s.*]+)*(\.\*)?$/

/** One list file. Throws `UsageError`. */
export function readList(root: Setting): List {
  const keys = root.entries()
  const kind = keys.find(([key]) => key === 'kind')?.[1]
  if (!kind) return root.fail("'kind' is missing; add kind: names, kind: signatures or kind: loaders")
  const readers = { names: readNames, signatures: readSignatures, loaders: readLoaders }
  return readers[kind.oneOf(['names', 'signatures', 'loaders'])](root)
}

function readNames(root: Setting): NamesList {
  const l = root.object({
    kind: 'required',
    about: 'optional',
    acceptable: 'optional',
    derivedFrom: 'optional',
    entries: 'required',
  })
  l.about?.string()
  l.derivedFrom?.string()
  const entries = l.entries!.filledList().map((entry) => {
    if (entry.type !== 'mapping') return readName(entry)
    const { name, why } = entry.object({ name: 'required', why: 'optional' })
    why?.string()
    return readName(name!)
  })
  return { kind: 'names', entries, acceptable: l.acceptable?.boolean() ?? false }
}

function readName(setting: Setting): string {
  return setting.matching(NAME_OR_MODULE, 'a dotted name, or a module with .* at its end')
}

function readSignatures(root: Setting): SignaturesList {
  const l = root.object({
    kind: 'required',
    about: 'optional',
    framework: 'required',
    derivedFrom: 'required',
    entries: 'required',
  })
  for (const prose of [l.about, l.framework, l.derivedFrom]) prose?.string()
  return { kind: 'signatures', entries: l.entries!.filledList().map(readSignature) }
}

function readSignature(setting: Setting): Signature {
  const s = setting.object({
    global: 'required',
    reference: 'optional',
    call: 'optional',
    new: 'optional',
    build: 'optional',
    dotted: 'optional',
    why: 'optional',
  })
  s.why?.string()
  if (!s.reference && !s.call && !s.new && !s.build) {
    setting.fail("allows nothing; give 'reference', 'call', 'new' or 'build'")
  }
  return {
    global: s.global!.matching(NAME, 'an exact dotted name (never a prefix)'),
    ...(s.reference ? { reference: s.reference.boolean() } : {}),
    ...(s.call ? { call: s.call.filledList().map(readArguments) } : {}),
    ...(s.new ? { new: s.new.filledList().map(readArguments) } : {}),
    ...(s.build ? { build: s.build.filledList().map(readArgument) } : {}),
    ...(s.dotted ? { dotted: s.dotted.boolean() } : {}),
  }
}

function readArguments(setting: Setting): ArgumentList {
  return setting.list().map(readArgument)
}

function readArgument(setting: Setting): Argument {
  if (setting.type === 'mapping') {
    const { in: values } = setting.object({ in: 'required' })
    return { in: values!.filledList().map(readScalar) }
  }
  const pattern = setting.string()
  for (const kind of pattern.replace(/[*?]$/, '').split('|')) {
    // `object:numpy.dtype`, `global:builtins.set`, `int:huge` ask for one kind of a kind.
    if (!ARGUMENT_KINDS.has(kind.split(':', 1)[0] ?? '')) {
      setting.fail(`'${kind}' is no kind of argument; known: ${[...ARGUMENT_KINDS].join(' ')}`)
    }
  }
  return pattern
}
