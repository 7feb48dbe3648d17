import type { LoaderView } from '../model/loaders.ts'
import { columns, hang, padEnd, type Screen, shorten } from './layout.ts'
import { sentence, weakness } from './loader-words.ts'
import { printable } from './printable.ts'
import { LABEL, MARGIN } from './text-parts.ts'

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
