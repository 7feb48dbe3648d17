import { displayPath } from '../model/artifact.ts'
import { byCapability, type Capability, capabilityText, readCapability } from '../model/capability.ts'
import type { Fact } from '../model/fact.ts'
import { byCodePoint } from '../model/order.ts'
import type {
  PermissionDifference,
  PermissionReport,
  PermissionRow,
  PluginPermissions,
  ToolPermissions,
} from '../model/permissions.ts'
import type { Report } from '../model/report.ts'
import type { ScanOptions } from './options.ts'
import { scan } from './scan.ts'

/**
 * What the plugins in these targets declare, do and are granted. The report is the judgement of the same run: what could
 * not be read is in its coverage.
 */
export async function permissions(
  targets: readonly string[],
  options: ScanOptions = {},
): Promise<{ readonly permissions: PermissionReport; readonly report: Report }> {
  const report = await scan(targets, options)
  const { name, version } = report.tool
  return {
    report,
    permissions: {
      schemaVersion: 1,
      tool: { name, version },
      targets: report.targets,
      plugins: pluginsOf(report),
    },
  }
}

/** The tables of the plugins, in the order of their paths. */
export function pluginsOf({ artifacts, facts }: Pick<Report, 'artifacts' | 'facts'>): PluginPermissions[] {
  const paths = new Map(artifacts.map(({ id, locator }) => [id, displayPath(locator)]))
  const own = facts.filter(({ kind }) => kind.startsWith('capability.'))
  const byPlugin = Map.groupBy(own, ({ artifact, data }) => `${artifact} ${String(data.plugin)}`)
  return [...byPlugin.values()]
    .flatMap((group) => pluginOf(group, paths))
    .toSorted((a, b) => byCodePoint(a.path, b.path) || byCodePoint(a.name, b.name))
}

function pluginOf(facts: readonly Fact[], paths: ReadonlyMap<string, string>): PluginPermissions[] {
  const head = facts.find(({ kind }) => kind === 'capability.plugin')
  if (!head) return []
  const { plugin, kind, files } = head.data
  const isGap = ({ data }: Fact) => data.capability === 'unanalyzed'
  const gaps = facts.filter(isGap)
  const rest = facts.filter((fact) => !isGap(fact))
  return [
    {
      name: String(plugin),
      kind: String(kind),
      path: paths.get(head.artifact) ?? '',
      files: Number(files),
      capabilities: rowsOf(rest),
      tools: toolsOf(rest),
      differences: rest.flatMap(differenceOf),
      unanalyzed: gaps.flatMap(({ data, locations }) =>
        locations.map(({ text = '' }) => ({ what: String(data.scope), where: text })),
      ),
    },
  ]
}

const COLUMNS = ['capability.declared', 'capability.inferred', 'capability.granted']
const SOONEST = ['on-install', 'on-load', 'on-call', 'test']

function rowsOf(facts: readonly Fact[]): PermissionRow[] {
  const stated = facts.filter(({ kind }) => COLUMNS.includes(kind))
  const groups = Map.groupBy(stated, ({ data }) => JSON.stringify([data.capability, data.scope]))
  return [...groups.values()].map(rowOf).toSorted((a, b) => byCapability(capabilityOf(a), capabilityOf(b)))
}

function rowOf(facts: readonly Fact[]): PermissionRow {
  const { capability = '', scope = '' } = facts[0]?.data ?? {}
  const by = (kind: string) => [
    ...new Set(facts.filter((f) => f.kind === kind).map(({ data }) => String(data.by))),
  ]
  const inferred = facts.filter(({ kind }) => kind === 'capability.inferred')
  const when = inferred.map(({ data }) => SOONEST.indexOf(String(data.when)))
  // One place may serve several tools: it is shown once.
  const witnesses = new Set(inferred.flatMap(({ locations }) => locations.map(({ text = '' }) => text)))
  return {
    capability: String(capability),
    scope: String(scope),
    declared: by('capability.declared'),
    inferred: [...witnesses].slice(0, 8),
    count: Math.max(witnesses.size, ...inferred.map(({ count }) => count)),
    when: when.length === 0 ? '' : (SOONEST[Math.min(...when)] ?? ''),
    granted: by('capability.granted'),
  }
}

function capabilityOf({ capability, scope }: PermissionRow): Capability {
  return { name: readCapability(capability)?.name ?? 'unanalyzed', scope }
}

function toolsOf(facts: readonly Fact[]): ToolPermissions[] {
  const named = Map.groupBy(facts, ({ data }) => String(data.tool ?? ''))
  return [...named]
    .filter(([name]) => name !== '')
    .toSorted(([a], [b]) => byCodePoint(a, b))
    .map(([name, own]) => ({
      name,
      hints: own.flatMap(({ kind, data }) =>
        kind === 'capability.tool' && Array.isArray(data.hints) ? data.hints.map(String) : [],
      ),
      capabilities: rowsOf(own),
    }))
}

function differenceOf({ kind, data, locations }: Fact): PermissionDifference[] {
  const found = (['undeclared', 'over-grant', 'annotation-lie'] as const).find(
    (k) => kind === `capability.${k}`,
  )
  if (!found) return []
  return [
    {
      kind: found,
      tool: String(data.tool),
      capability: String(data.capability),
      scope: String(data.scope),
      about: String(data.hint ?? data.suggestion ?? ''),
      certain: data.certain !== false,
      witness: locations[0]?.text ?? '',
    },
  ]
}

/** The set of capabilities of a plugin as a lock keeps it, without what only its tests do. */
export function capabilitySet(plugins: readonly PluginPermissions[]): string[] {
  const rows = plugins.flatMap((plugin) => [
    ...plugin.capabilities.filter(
      ({ when, count, declared }) => when !== 'test' && (count > 0 || declared.length > 0),
    ),
  ])
  const gaps = plugins.flatMap(({ unanalyzed }) =>
    unanalyzed.map(({ what }) => capabilityText({ name: 'unanalyzed', scope: what })),
  )
  return [...new Set([...rows.map((row) => capabilityText(capabilityOf(row))), ...gaps])].toSorted(
    byCodePoint,
  )
}
