import { type Artifact, displayPath } from '../model/artifact.ts'
import type { Fact } from '../model/fact.ts'
import { type Finding, SEVERITIES } from '../model/finding.ts'
import {
  LOADER_VERBS,
  type Loader,
  type LoaderAct,
  type LoaderTarget,
  type LoaderView,
} from '../model/loaders.ts'
import type { Inspection } from '../model/report.ts'

/** What one way to act shows at most; the findings say the rest. */
const SHOWN = 3

/** Everything that one loader would be given: the file or member that it opens, and what is inside. */
interface Opened {
  readonly artifact: Artifact
  readonly loaders: readonly Loader[]
  readonly formats: ReadonlySet<string>
  readonly inside: Artifact[]
}

/**
 * What every loader that opens a file would do with it: a pure projection of facts and findings through the table
 * `rules/lists/loaders.yaml`. It judges nothing; what it shows, findings and coverage have decided. An artifact is given to
 * loaders once, at the outermost place where one opens it: the pickle of a PyTorch archive is the archive's.
 */
export function loaderViews(
  table: readonly Loader[],
  names: (list: string) => readonly string[],
  inspection: Inspection,
  findings: readonly Finding[],
): LoaderView[] {
  const opened = openedBy(table, inspection)
  if (opened.length === 0) return []
  const byArtifact = Map.groupBy(findings, (finding) => finding.artifact)
  const pickles = Map.groupBy(
    inspection.facts.filter(({ kind }) => kind === 'pickle.global' || kind === 'pickle.stream'),
    (fact) => fact.artifact,
  )
  const gaps = new Set(inspection.coverage.filter((c) => c.state !== 'full').map((c) => c.artifact))
  const allowed = new Map<string, ReadonlySet<string>>()
  const allows = (list: string) => {
    const held = allowed.get(list) ?? new Set(names(list))
    allowed.set(list, held)
    return held
  }
  return opened.flatMap((target) =>
    target.loaders.map((loader) => {
      const given = givenTo(loader, target)
      const found = given.flatMap((a) => byArtifact.get(a.id) ?? []).sort(worstFirst)
      const complete = !given.some((a) => gaps.has(a.id))
      const facts = given.flatMap((a) => pickles.get(a.id) ?? [])
      return viewOf(loader, target, { found, facts, complete, allows })
    }),
  )
}

/** The files and members that some loader opens, each with all inside it that no archive around it has been given. */
function openedBy(table: readonly Loader[], { artifacts, facts }: Inspection): Opened[] {
  const layouts = Map.groupBy(
    facts.filter((fact) => fact.kind === 'entry.layout'),
    (fact) => fact.artifact,
  )
  const known = new Set(table.flatMap((l) => l.opens.flatMap((o) => o.format ?? o.layout ?? [])))
  const homes = new Map<string, Opened>()
  const opened: Opened[] = []
  // Parents come before their children.
  for (const artifact of artifacts) {
    let home = homes.get(artifact.parent ?? '')
    if (!home) {
      const formats = new Set([
        ...artifact.formats,
        ...(layouts.get(artifact.id) ?? []).map((fact) => String(fact.data.layout)),
      ])
      const loaders = [...formats].some((f) => known.has(f))
        ? table.filter((loader) => opens(loader, formats, artifact.name))
        : []
      if (loaders.length === 0) continue
      home = { artifact, loaders, formats, inside: [] }
      opened.push(home)
    }
    home.inside.push(artifact)
    homes.set(artifact.id, home)
  }
  return opened
}

function opens(loader: Loader, formats: ReadonlySet<string>, name: string): boolean {
  return targetOf(loader, formats, name) !== undefined
}

function targetOf(loader: Loader, formats: ReadonlySet<string>, name: string): LoaderTarget | undefined {
  const lower = name.toLowerCase()
  return loader.opens.find(
    ({ format, layout, suffixes }) =>
      formats.has(format ?? layout ?? '') && (!suffixes || suffixes.some((s) => lower.endsWith(s))),
  )
}

/** All inside, or the archive itself and of its members the one that the loader interprets, with what is inside that. */
function givenTo(loader: Loader, { artifact, formats, inside }: Opened): readonly Artifact[] {
  const member = targetOf(loader, formats, artifact.name)?.member
  if (member === undefined) return inside
  const depth = artifact.locator.members.length
  return inside.filter((a) => {
    const first = a.locator.members[depth]
    return first === undefined || first.slice(first.lastIndexOf('/') + 1).toLowerCase() === member
  })
}

interface Evidence {
  readonly found: readonly Finding[]
  readonly facts: readonly Fact[]
  readonly complete: boolean
  readonly allows: (list: string) => ReadonlySet<string>
}

function viewOf(loader: Loader, { artifact, formats }: Opened, evidence: Evidence): LoaderView {
  const { found } = evidence
  const { call, note } = loader
  const acts = LOADER_VERBS.flatMap((verb) => actOf(verb, loader.acts[verb] ?? [], found))
  const refuses = refusals(loader, formats, evidence)
  const weaknesses = loader.weaknesses
    .filter(
      ({ rules, only }) =>
        found.some((f) => rules.includes(f.rule)) && (only.length === 0 || only.some((o) => formats.has(o))),
    )
    .map(({ rules: _, only: __, ...weakness }) => weakness)
  return {
    artifact: artifact.id,
    path: displayPath(artifact.locator),
    call,
    package: loader.package,
    ...(note === undefined ? {} : { note }),
    does: refuses.length > 0 ? 'refuses' : acts.length > 0 ? 'acts' : 'loads',
    acts: refuses.length > 0 ? [] : acts,
    refuses: refuses.slice(0, SHOWN),
    weaknesses,
    complete: evidence.complete,
  }
}

function actOf(verb: LoaderAct['verb'], rules: readonly string[], found: readonly Finding[]): LoaderAct[] {
  const what = [...new Set(found.filter((f) => rules.includes(f.rule)).map(told))]
  return what.length === 0
    ? []
    : [{ verb, what: what.slice(0, SHOWN), more: Math.max(0, what.length - SHOWN) }]
}

/** The decompiled call if there is one, else what the finding is about, else what it says in short. */
function told(finding: Finding): string {
  return finding.evidence.find((e) => e.text)?.text ?? finding.subject ?? finding.title
}

function refusals(loader: Loader, formats: ReadonlySet<string>, evidence: Evidence): string[] {
  const { refuses } = loader
  if (!refuses) return []
  const format = refuses.only.filter((f) => formats.has(f)).map((f) => `the form ${f}`)
  const rules = evidence.found.filter((f) => refuses.rules.includes(f.rule)).map(told)
  const globals = refuses.allPicklesBut === undefined ? [] : strangers(evidence, refuses.allPicklesBut)
  return [...new Set([...format, ...globals, ...rules])]
}

/** Globals that an unpickler with an allow list refuses, as the pickle names them; and whether opcodes stop it before. */
function strangers({ facts, allows }: Evidence, list: string): string[] {
  const known = allows(list)
  const globals = facts
    .filter(({ kind, data }) => kind === 'pickle.global' && data.origin !== 'misread')
    .filter(({ data }) => data.origin !== 'import' || !known.has(String(data.callable)))
    .map(({ data }) => String(data.callable))
  if (globals.length > 0) return [...new Set(globals)]
  const opcodes = facts.some(({ kind, data }) => kind === 'pickle.stream' && data.weightsOnly === false)
  return opcodes ? ['opcodes that its unpickler does not have'] : []
}

function worstFirst(a: Finding, b: Finding): number {
  return SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity)
}
