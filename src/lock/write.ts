import { canonicalJson, type Json, type JsonObject } from '../model/fact.ts'
import { LOCK_VERSION, type Lock, type LockEntry, type SourceFile, type TextFile } from '../model/lock.ts'
import { byCodePoint } from '../model/order.ts'

/**
 * The lock as text: keys and paths in code-point order, one file to a line, LF, no time in it. The same lock is always
 * the same bytes, and two branches that change different files merge.
 */
export function lockText(lock: Lock): string {
  const entries = lock.entries.toSorted(inOrder).map((entry) => block(entryFields(entry), '    '))
  const list = entries.length === 0 ? '[]' : `[\n${entries.map((e) => `    ${e}`).join(',\n')}\n  ]`
  return `{\n  "entries": ${list},\n  "lockVersion": ${LOCK_VERSION}\n}\n`
}

function inOrder(a: LockEntry, b: LockEntry): number {
  return byCodePoint(a.asked.kind, b.asked.kind) || byCodePoint(a.asked.path, b.asked.path)
}

interface Lines {
  readonly lines: readonly string[]
  readonly open: '{' | '['
}

/** A value that goes on one line, or lines of its own for the members. */
type Field = { readonly json: Json } | Lines

function entryFields(entry: LockEntry): Record<string, Field> {
  const files = entry.files.toSorted((a, b) => byCodePoint(a.path, b.path))
  const edges = entry.edges
    .map(({ role, target, from }) => canonicalJson({ role, target, from }))
    .toSorted(byCodePoint)
  return {
    asked: { json: asJson(entry.asked) },
    capabilities: { json: entry.capabilities.toSorted(byCodePoint) },
    edges: { open: '[', lines: edges },
    files: { open: '{', lines: files.map((file) => `${JSON.stringify(file.path)}: ${fileLine(file)}`) },
    ...(entry.prompts === undefined
      ? {}
      : { prompts: { open: '{', lines: membersOf(textsByPath(entry.prompts)) } }),
    ...(entry.purl === undefined ? {} : { purl: { json: entry.purl } }),
    resolved: { json: asJson(entry.resolved) },
    ...(entry.signatures === undefined ? {} : { signatures: { open: '[', lines: signatureLines(entry) } }),
    ...(entry.surface === undefined ? {} : { surface: { open: '{', lines: membersOf(entry.surface) } }),
    treeDigest: { json: entry.treeDigest },
  }
}

function signatureLines({ signatures = [] }: LockEntry): string[] {
  return signatures.map((record) => canonicalJson(asJson(record))).toSorted(byCodePoint)
}

const textsByPath = (texts: readonly TextFile[]) =>
  Object.fromEntries(texts.map(({ path, text }) => [path, text]))

/** `"key": "text"`, in code-point order. */
function membersOf(texts: Readonly<Record<string, string>>): string[] {
  return Object.entries(texts)
    .toSorted(([a], [b]) => byCodePoint(a, b))
    .map(([key, text]) => `${JSON.stringify(key)}: ${JSON.stringify(text)}`)
}

function fileLine({ path: _, ...rest }: SourceFile): string {
  return canonicalJson(asJson(rest))
}

function block(fields: Record<string, Field>, indent: string): string {
  const keys = Object.keys(fields).toSorted(byCodePoint)
  const lines = keys.map(
    (key) => `${indent}  ${JSON.stringify(key)}: ${value(fields[key] ?? { json: null }, `${indent}  `)}`,
  )
  return `{\n${lines.join(',\n')}\n${indent}}`
}

function value(field: Field, indent: string): string {
  if ('json' in field) return canonicalJson(field.json)
  const close = field.open === '{' ? '}' : ']'
  if (field.lines.length === 0) return `${field.open}${close}`
  return `${field.open}\n${field.lines.map((line) => `${indent}  ${line}`).join(',\n')}\n${indent}${close}`
}

/** Plain data without what is absent. */
function asJson(data: object): JsonObject {
  // A border: the types of the lock hold nothing that JSON does not.
  return Object.fromEntries(Object.entries(data).filter(([, v]) => v !== undefined)) as JsonObject
}
