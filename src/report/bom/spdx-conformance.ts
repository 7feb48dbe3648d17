import type { Json, JsonObject } from '../../model/fact.ts'

/** Profiles of SPDX 3.0.1 that a bill of ours can conform to. */
export const PROFILES = ['core', 'software', 'simpleLicensing', 'ai', 'dataset', 'security'] as const
export type Profile = (typeof PROFILES)[number]

export interface Problem {
  readonly profile: Profile
  /** `spdxId` of the element, or empty for the document. */
  readonly element: string
  readonly message: string
}

/** Individuals that the model itself defines stand in no document. */
export const TERMS = 'https://spdx.org/rdf/3.0.1/terms/'
export const NO_ASSERTION_LICENCE = `${TERMS}ExpandedLicensing/NoAssertionLicense`
export const NONE_LICENCE = `${TERMS}ExpandedLicensing/NoneLicense`

const REFERENCES = [
  ...[
    'from',
    'to',
    'element',
    'rootElement',
    'suppliedBy',
    'originatedBy',
    'createdBy',
    'createdUsing',
    'creationInfo',
  ],
  ...['subject'],
]

/** What the profile asks of its packages beyond the core (clauses "Profile conformance" of AI and Dataset). */
const REQUIRED: Readonly<Record<'ai' | 'dataset', readonly string[]>> = {
  ai: [
    ...['releaseTime', 'suppliedBy', 'software_downloadLocation', 'software_packageVersion'],
    ...['software_primaryPurpose'],
  ],
  dataset: [
    ...['builtTime', 'originatedBy', 'releaseTime', 'software_downloadLocation', 'software_primaryPurpose'],
    'dataset_datasetType',
  ],
}

const LICENCES = ['hasDeclaredLicense', 'hasConcludedLicense'] as const

/**
 * Checks what the official JSON schema does not (SPDX 3.0.1): that references lead somewhere, identifiers are unique, packages have
 * what their profile demands, and no profile is claimed that does not hold. Elements are shown one by one, as they are written.
 */
export class Conformance {
  readonly #ids = new Set<string>()
  readonly #references = new Map<string, string>()
  readonly #packages = new Map<string, 'ai' | 'dataset'>()
  readonly #licences = new Map<string, number>()
  readonly #found: Problem[] = []
  readonly #claims: { readonly element: string; readonly profile: string }[] = []
  #documents = 0

  see(element: JsonObject): void {
    const id = String(element.spdxId ?? element['@id'] ?? '')
    if (this.#ids.has(id)) this.#problem('core', id, 'two elements have this identifier')
    this.#ids.add(id)
    const isElement = element.type !== 'CreationInfo'
    if (isElement && typeof element.creationInfo !== 'string')
      this.#problem('core', id, 'has no creationInfo')
    for (const key of REFERENCES)
      for (const target of texts(element[key]))
        if (!target.startsWith(TERMS)) this.#references.set(target, id)
    if (element.type === 'SpdxDocument') this.#documents++
    if (element.type === 'ai_AIPackage') this.#package(id, element, 'ai')
    if (element.type === 'dataset_DatasetPackage') this.#package(id, element, 'dataset')
    if (isNamed(element.type) && texts(element.name).length === 0)
      this.#problem('software', id, 'a package or file without a name')
    for (const kind of LICENCES)
      if (element.relationshipType === kind) {
        const key = `${texts(element.from)[0]} ${kind}`
        this.#licences.set(key, (this.#licences.get(key) ?? 0) + texts(element.to).length)
      }
    for (const profile of texts(element.profileConformance)) this.#claims.push({ element: id, profile })
  }

  /** Everything that is wrong so far; what keeps a profile from holding is a problem only for who claims it. */
  problems(): Problem[] {
    const lost = [...this.#references].filter(([target]) => !this.#ids.has(target))
    const shortfalls = this.shortfalls()
    const documents: Problem[] =
      this.#documents === 1
        ? []
        : [{ profile: 'core', element: '', message: `${this.#documents} documents instead of one` }]
    return [
      ...this.#found.filter(({ profile }) => profile !== 'ai' && profile !== 'dataset'),
      ...lost.map(([target, element]) => ({
        profile: 'core' as const,
        element,
        message: `leads to ${target}, which is not here`,
      })),
      ...documents,
      ...this.#claims.flatMap(({ profile }) => shortfalls.filter((s) => s.profile === profile)),
    ]
  }

  /** What packages lack of the AI and Dataset profiles. */
  shortfalls(): Problem[] {
    const packages = this.#found.filter(({ profile }) => profile === 'ai' || profile === 'dataset')
    const licences = [...this.#packages].flatMap(([element, profile]) =>
      LICENCES.flatMap((kind): Problem[] => {
        const count = this.#licences.get(`${element} ${kind}`) ?? 0
        return count === 1
          ? []
          : [{ profile, element, message: `${count} relationships ${kind} instead of one` }]
      }),
    )
    return [...packages, ...licences]
  }

  /** Holds for a profile that has packages, all of which have what it demands. */
  holds(profile: 'ai' | 'dataset'): boolean {
    const any = [...this.#packages.values()].includes(profile)
    return any && !this.shortfalls().some((problem) => problem.profile === profile)
  }

  #package(id: string, element: JsonObject, profile: 'ai' | 'dataset'): void {
    this.#packages.set(id, profile)
    for (const key of REQUIRED[profile])
      if (texts(element[key]).length === 0) this.#problem(profile, id, `has no ${key}`)
    if (profile === 'dataset' && texts(element.originatedBy).length > 1)
      this.#problem(profile, id, 'has more than one originatedBy')
  }

  #problem(profile: Profile, element: string, message: string): void {
    this.#found.push({ profile, element, message })
  }
}

/** A property that may be a string or a list of them. */
function texts(value: Json | undefined): string[] {
  const list = Array.isArray(value) ? value : [value]
  return list.filter((item) => typeof item === 'string' && item !== '')
}

function isNamed(type: Json | undefined): boolean {
  return (
    typeof type === 'string' &&
    /^(?:software_(?:Package|File)|ai_AIPackage|dataset_DatasetPackage)$/.test(type)
  )
}
