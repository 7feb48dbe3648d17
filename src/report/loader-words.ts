import type { LoaderView } from '../model/loaders.ts'
import type { Report } from '../model/report.ts'
import { clip, printable } from './printable.ts'

const WHAT_LENGTH = 160

/** What loaders would do with the files that do not pass, in the order of the report. */
export function loadersOfLoud(report: Report): LoaderView[] {
  const loud = new Set<string>()
  for (const { id, locator } of report.artifacts)
    if (report.verdict.outcomes.get(id) !== 'pass') loud.add(locator.root)
  const roots = new Map(report.artifacts.map((a) => [a.id, a.locator.root]))
  return (report.loaders ?? []).filter((view) => loud.has(roots.get(view.artifact) ?? ''))
}

/** "runs os.system('echo'); imports subprocess.Popen" */
export function sentence(view: LoaderView): string {
  const gaps = view.complete ? '' : '; not all of it was inspected'
  if (view.does === 'refuses') return `refuses: ${listed(view.refuses, 0)}${gaps}`
  if (view.does === 'loads') return `loads; nothing found that it would run${gaps}`
  return view.acts.map((act) => `${act.verb} ${listed(act.what, act.more)}`).join('; ') + gaps
}

function listed(what: readonly string[], more: number): string {
  const shown = what.map((text) => printable(clip(text, WHAT_LENGTH))).join(', ')
  return more > 0 ? `${shown} and ${more} more` : shown
}

/** "torch before 2.6.0 runs what weights_only refuses: CVE-…" */
export function weakness(w: LoaderView['weaknesses'][number], view: LoaderView): string {
  const name = w.package ?? view.package
  const versions =
    w.from && w.before
      ? `${w.from} up to ${w.before}`
      : w.before
        ? `before ${w.before}`
        : w.from
          ? `${w.from} (no fixed version known)`
          : '(no fixed version known)'
  return printable(`${name} ${versions} ${w.does}: ${w.cve}`)
}
