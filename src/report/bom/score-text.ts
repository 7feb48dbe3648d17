import { columns, type Paint, padEnd, plural } from '../layout.ts'
import { safeJsonPretty } from '../printable.ts'
import type { Bill } from './bill.ts'
import type { DocumentOptions } from './cyclonedx.ts'
import { type FieldScore, type FrameworkScore, score } from './score.ts'

/** The score for machines. */
export function* scoreJson(bill: Bill, options: DocumentOptions): Generator<string> {
  yield `${safeJsonPretty({ subject: bill.subject.name, timestamp: options.timestamp, frameworks: score(bill, options) })}\n`
}

const MARKS = { measured: '✓ measured', declared: '· declared', absent: '✗ absent' } as const
const ROLES = { measured: 'pass', declared: 'strong', absent: 'fail' } as const

/** The score for people: one table for each list, with what to add where a field is empty. */
export function* scoreText(bill: Bill, options: DocumentOptions, paint: Paint): Generator<string> {
  const frameworks = score(bill, options)
  const wide = Math.max(...frameworks.flatMap(({ fields }) => fields.map(({ field }) => columns(field))))
  const parts = [...Map.groupBy(bill.parts, ({ kind }) => kind)].map(([kind, all]) =>
    plural(all.length, kind),
  )
  yield `${paint('strong', bill.subject.name)}: ${parts.join(', ') || 'no model, dataset, plugin or prompt'}\n\n`
  for (const framework of frameworks) {
    yield `${head(framework, paint)}\n`
    let cluster = ''
    for (const field of framework.fields) {
      const title = field.cluster === cluster ? '' : field.cluster
      cluster = field.cluster
      yield `${row(field, title, wide, paint)}\n`
    }
    yield '\n'
  }
  yield `${paint('faint', LEGEND)}\n`
}

function head({ title, percent, measured, declared, absent }: FrameworkScore, paint: Paint): string {
  const sums = `${measured} measured, ${declared} declared, ${absent} absent`
  return `${paint('strong', title)}  ${percent} %  ${paint('faint', sums)}`
}

function row(score: FieldScore, cluster: string, wide: number, paint: Paint): string {
  const { field, state, asked, measured, declared, add } = score
  const have = asked > 1 && state === 'absent' ? `${measured + declared} of ${asked}` : ''
  const mark = paint(ROLES[state], padEnd(MARKS[state], 10))
  const rest = [have, add ?? ''].filter(Boolean).join('; ')
  const line = `  ${padEnd(cluster, 14)}  ${padEnd(field, wide)}  ${mark}`
  return rest === '' ? line : `${line}  ${paint('faint', rest)}`
}

const LEGEND = `measured  computed here from the bytes
declared  a card, a configuration or the source says so; nothing proves it
absent    not in the bill, of at least one that should have it`
