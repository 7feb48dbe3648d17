import { parse } from 'smol-toml'
import { normalName } from '../codec/package-names.ts'
import type { Edge } from '../model/lock.ts'

/** A name, its extras, and what versions will do (PEP 508); an address in their place is an edge of its own. */
const REQUIREMENT =
  /^([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*(?:\(?([^;()@]*?)\)?|@\s*([^\s;]+))\s*(?:;.*)?$/

/** The edge that a requirement is; undefined for text that is none. */
export function requirementEdge(text: string, from: string): Edge | undefined {
  const [, name, versions = '', address] = REQUIREMENT.exec(text.trim()) ?? []
  if (name === undefined) return undefined
  return { role: 'pypi', target: address ?? `pypi:${normalName(name)}${versions.replace(/\s+/g, '')}`, from }
}

/** Dependencies in a wheel's core metadata; those of an extra are fetched only by who asks for it. */
export function requiresDist(metadata: string, from: string): Edge[] {
  const headers = metadata.split(/\r?\n\r?\n/, 1)[0] ?? ''
  const values = [...headers.matchAll(/^Requires-Dist:[ \t]*(.{1,1000})$/gim)].map(([, value = '']) => value)
  return unique(
    values.filter((value) => !/;.*\bextra\s*==/.test(value)),
    from,
  )
}

/** A plugin's `requirements.txt`; options and files that it includes are the scan's business. */
export function requirementsEdges(text: string, from: string): Edge[] {
  const lines = text.replace(/\\\r?\n/g, ' ').split(/\r?\n/)
  return unique(
    lines
      .map((line) => line.replace(/(?:^|\s)#.*$/, '').replace(/\s--hash=\S+/g, ''))
      .filter((line) => !/^\s*-/.test(line)),
    from,
  )
}

/** `[project] dependencies` and `[build-system] requires` of a `pyproject.toml` (PEP 621, 518): both are run by an install. */
export function pyprojectEdges(text: string, from: string): Edge[] {
  let toml: Record<string, unknown>
  try {
    toml = parse(text)
  } catch {
    return []
  }
  const list = (table: unknown, key: string) => {
    const value =
      typeof table === 'object' && table !== null ? Object.entries(table).find(([k]) => k === key)?.[1] : []
    return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : []
  }
  return unique([...list(toml.project, 'dependencies'), ...list(toml['build-system'], 'requires')], from)
}

function unique(requirements: readonly string[], from: string): Edge[] {
  const edges = requirements.flatMap((text) => requirementEdge(text, from) ?? [])
  return [...new Map(edges.map((edge) => [edge.target, edge])).values()]
}
