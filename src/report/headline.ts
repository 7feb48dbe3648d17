import type { Report } from '../model/report.ts'
import { bytesText, countText, plural } from './layout.ts'
import { printable } from './printable.ts'
import type { ReportIndex, Tally } from './tally.ts'

/** The verdict in one sentence for people. */
export function headline(report: Report, sums: Tally, index: ReportIndex): string {
  const { fail, incomplete } = sums.outcomes
  const targets = report.targets.map(printable).join(', ')
  if (report.verdict.outcome === 'fail') {
    const also = incomplete.files > 0 ? `; ${countText(incomplete.files)} could not be fully inspected` : ''
    return fail.files === 1 && sums.files === 1
      ? `Do not load this file${also}`
      : `${countText(fail.files)} of ${plural(sums.files, 'file')} ${fail.files === 1 ? 'fails' : 'fail'}${also}`
  }
  if (report.verdict.outcome === 'incomplete') {
    return `${countText(incomplete.files)} of ${plural(sums.files, 'file')} could not be fully inspected; nothing found reaches ${report.policy.failOn}`
  }
  if (sums.files === 0) return `No regular file was met in ${targets}; nothing was judged`
  const inside = sums.members > 0 ? ` and ${plural(sums.members, 'member')} inside` : ''
  const gaps = [...index.waived.keys()].some((key) => key.startsWith('coverage:'))
  if (report.remote) {
    const judged = `${plural(sums.files, 'file')} (${bytesText(sums.bytes)})${inside} judged by ranges, where they are`
    return `${judged}; nothing reaches ${report.policy.failOn}`
  }
  const whole = gaps ? 'inspected; the gaps are waived' : 'inspected in full'
  return `${plural(sums.files, 'file')} (${bytesText(sums.bytes)})${inside} ${whole}; nothing reaches ${report.policy.failOn}`
}

/** What the verdict of a look by ranges is worth; undefined for files that were here. */
export function remoteNote({ remote }: Report): string | undefined {
  if (!remote) return undefined
  const left =
    remote.unfetched > 0 ? `; ${bytesText(remote.unfetched)} of data by structure were not fetched` : ''
  return `remote: ${bytesText(remote.fetched)} fetched${left}; digests of what was not read whole are claims. What arrives later may differ: judge it with --full, or lock and pull`
}
