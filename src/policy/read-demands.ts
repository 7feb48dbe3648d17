import type { Setting } from '../codec/settings.ts'
import { type Demand, EACH, NAME_DEMANDS, type Names, type PolicyCondition, type Scope } from './schema.ts'

/** The keys of a policy, or of one of its overrides, that demand something. */
export const DEMAND_KEYS = {
  formats: 'optional',
  publishers: 'optional',
  licences: 'optional',
  capabilities: 'optional',
  signed: 'optional',
  pinned: 'optional',
  'max-age': 'optional',
} as const

export type DemandSettings = { readonly [key in keyof typeof DEMAND_KEYS]?: Setting }

/** Ten years; more is a mistake. */
const MAX_AGE_DAYS = 3_653

export function readDemands(settings: DemandSettings, scope?: Scope): Demand[] {
  const where = scope ? { scope } : {}
  const demands: Demand[] = []
  for (const demand of NAME_DEMANDS) {
    const setting = settings[demand]
    if (setting) demands.push({ demand, names: readNames(setting), place: setting.place, ...where })
  }
  for (const demand of ['signed', 'pinned'] as const) {
    const setting = settings[demand]
    if (setting?.boolean()) demands.push({ demand, place: setting.place, ...where })
  }
  const age = settings['max-age']
  if (age) demands.push({ demand: 'max-age', days: readDays(age), place: age.place, ...where })
  return demands
}

/** A list is what is allowed; a mapping says `allow`, `deny` or both. */
function readNames(setting: Setting): Names {
  if (setting.type === 'list') return { allow: readPatterns(setting), deny: [] }
  const { allow, deny } = setting.object({ allow: 'optional', deny: 'optional' })
  if (!allow && !deny) setting.fail("give 'allow', 'deny' or both")
  return { ...(allow ? { allow: readPatterns(allow) } : {}), deny: deny ? readPatterns(deny) : [] }
}

function readPatterns(setting: Setting): string[] {
  return setting.filledList().map((item) => item.matching(/^\S+$/, 'a name or a pattern without white space'))
}

function readDays(setting: Setting): number {
  const text = setting.matching(/^\d{1,4}d$/, 'a number of days such as 365d')
  const days = Number(text.slice(0, -1))
  return days >= 1 && days <= MAX_AGE_DAYS ? days : setting.fail(`must be 1d to ${MAX_AGE_DAYS}d`)
}

export function readConditions(setting: Setting | undefined): PolicyCondition[] {
  const names = new Set<string>()
  return (setting?.list() ?? []).map((item) => {
    const c = item.object({ name: 'required', each: 'optional', deny: 'required', message: 'required' })
    const name = c.name!.matching(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'a name in kebab-case')
    if (names.has(name)) c.name!.fail(`'${name}' stands here twice; a report tells conditions apart by name`)
    names.add(name)
    return {
      name,
      each: c.each?.oneOf(EACH) ?? 'report',
      deny: c.deny!.string(),
      message: c.message!.string(),
      place: c.deny!.place,
    }
  })
}
