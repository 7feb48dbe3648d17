import type { Bill, Part } from './bill.ts'
import type { DocumentOptions } from './cyclonedx.ts'
import { type Field, FRAMEWORKS, type Framework, type State } from './score-fields.ts'

export interface FieldScore {
  readonly cluster: string
  readonly field: string
  /** The least of all that it is asked of: `absent` if one lacks it, `declared` if one only declares it. */
  readonly state: State
  /** Of how many parts; 1 for a field of the bill. */
  readonly asked: number
  readonly measured: number
  readonly declared: number
  /** What to add where it is absent. */
  readonly add?: string
  /** References of parts that lack it, the first few. */
  readonly missing?: readonly string[]
}

export interface FrameworkScore {
  readonly id: string
  readonly title: string
  /** 0 to 100, by the weights of the list where it has some. */
  readonly percent: number
  readonly measured: number
  readonly declared: number
  readonly absent: number
  readonly fields: readonly FieldScore[]
}

const MISSING_NAMED = 5

/** Holds a bill against every list. A field that nothing here could have (no dataset is there) is left out. */
export function score(bill: Bill, options: DocumentOptions): FrameworkScore[] {
  return FRAMEWORKS.map((framework) => scoreBy(framework, bill, options))
}

function scoreBy(
  { id, title, fields, weights }: Framework,
  bill: Bill,
  options: DocumentOptions,
): FrameworkScore {
  const scored = fields.flatMap((field) => fieldScore(field, bill, options))
  const count = (state: State) => scored.filter((f) => f.state === state).length
  return {
    id,
    title,
    percent: Math.round(100 * filled(scored, weights)),
    measured: count('measured'),
    declared: count('declared'),
    absent: count('absent'),
    fields: scored,
  }
}

function fieldScore(field: Field, bill: Bill, options: DocumentOptions): FieldScore[] {
  const { cluster, name, of, add } = field
  const parts: readonly (Part | undefined)[] =
    of === 'bill' ? [undefined] : bill.parts.filter(({ kind }) => of.includes(kind))
  if (parts.length === 0) return []
  const states = parts.map((part) => ({ part, state: field.state(bill, options, part) }))
  const with_ = (state: State) => states.filter((s) => s.state === state)
  const [absent, declared, measured] = [with_('absent'), with_('declared').length, with_('measured').length]
  const state = absent.length > 0 ? 'absent' : declared > 0 ? 'declared' : 'measured'
  const missing = absent.flatMap(({ part }) => (part ? [part.ref] : [])).slice(0, MISSING_NAMED)
  return [
    {
      cluster,
      field: name,
      state,
      asked: parts.length,
      measured,
      declared,
      ...(state === 'absent' ? { add } : {}),
      ...(missing.length === 0 ? {} : { missing }),
    },
  ]
}

/** The share that is filled: each field by the share of parts that have it, each cluster by its weight. */
function filled(scored: readonly FieldScore[], weights: Framework['weights']): number {
  const share = (all: readonly FieldScore[]) =>
    all.reduce((sum, f) => sum + (f.measured + f.declared) / f.asked, 0) / Math.max(1, all.length)
  if (!weights) return share(scored)
  const clusters = [...Map.groupBy(scored, (f) => f.cluster)]
  const whole = clusters.reduce((sum, [cluster]) => sum + (weights[cluster] ?? 0), 0)
  return clusters.reduce((sum, [cluster, all]) => sum + ((weights[cluster] ?? 0) / whole) * share(all), 0)
}
