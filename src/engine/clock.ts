import { UsageError } from '../model/trouble.ts'

/** The one time of a run: `SOURCE_DATE_EPOCH` if set (seconds since 1970, reproducible-builds.org), else the wall clock. */
export function runTime(): Date {
  const epoch = process.env.SOURCE_DATE_EPOCH
  if (epoch === undefined || epoch === '') return new Date()
  if (!/^\d{1,11}$/.test(epoch)) throw new UsageError(`SOURCE_DATE_EPOCH: ${epoch} is no number of seconds`)
  return new Date(Number(epoch) * 1000)
}
