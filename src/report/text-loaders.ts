import type { LoaderView } from '../model/loaders.ts'
import { columns, hang, padEnd, type Screen, shorten } from './layout.ts'
import { clip, printable } from './printable.ts'
import { LABEL, MARGIN } from './text-parts.ts'

const WHAT_LENGTH = 160

/** The calls that would open a file, one line each: what they run, or why they refuse, and which versions do not. */
export function loaderLines(views: readonly LoaderView[], screen: Screen): string[] {
  const wide = Math.min(44, Math.max(0, ...views.map((v) => columns(v.call))))
  return views.flatMap((view) => {
    const label = `${' '.repeat(MARGIN + LABEL)}${padEnd(shorten(printable(view.call), wide), wide)}  `
    const role = view.does === 'acts' ? 'fail' : view.does === 'refuses' ? 'incomplete' : 'pass'
    const [first = '', ...rest] = hang(label, sentence(view), screen.width, (l) => l)
    const verb = first.slice(label.length).match(/^\S+/)?.[0] ?? ''
    return [
      screen.paint('code', label) + screen.paint(role, verb) + first.slice(label.length + verb.length),
      ...rest,
      ...view.weaknesses.flatMap((w) =>
        hang(' '.repeat(columns(label)), `but ${weakness(w, view)}`, screen.width, (l) =>
          screen.paint('fail', l),
        ),
      ),
    ]
  })
}

/** "runs os.system('echo'); imports subprocess.Popen" */
function sentence(view: LoaderView): string {
  const gaps = view.complete ? '' : '; not all of it was inspected'
  if (view.does === 'refuses') return `refuses: ${listed(view.refuses, 0)}${gaps}`
  if (view.does === 'loads') return `loads; nothing found that it would run${gaps}`
  return view.acts.map((act) => `${act.verb} ${listed(act.what, act.more)}`).join('; ') + gaps
}

function listed(what: readonly string[], more: number): string {
  const shown = what.map((text) => printable(clip(text, WHAT_LENGTH))).join(', ')
  return more > 0 ? `${shown} and ${more} more` : shown
}

function weakness(w: LoaderView['weaknesses'][number], view: LoaderView): string {
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
