import type { Polarity, TextRole } from '../../model/text-facts.ts'

/** What surrounds a passage and says how it is meant. */
export interface Surroundings {
  readonly role: TextRole
  /** The passage as compared (`fold`), and where in it the match lies. */
  readonly folded: string
  readonly from: number
  readonly to: number
  /** The line it begins in, and the heading above it. */
  readonly line: string
  readonly heading: string
  /** It stands in a fenced block of text. */
  readonly fenced: boolean
}

/** Roles that are only ever read about. */
const READ_ABOUT: ReadonlySet<TextRole> = new Set(['example', 'deny-list', 'test'])

/** Text addressed to a model: there, quotation marks alone do not make an order somebody else's. */
const FOR_MODELS: ReadonlySet<TextRole> = new Set(['tool-description', 'schema', 'prompt', 'resource'])

const DENIAL =
  /(?:\b(?:do not|don't|never|must not|mustn't|should not|shouldn't|cannot|can't|not to|refuses? to|forbidden to|without|instead of|rather than|no one|nobody|not|nothing|off limits|niemals?|nie|nicht|jamais|nunca|no)\b|(?:不要|切勿|不得|请勿|禁止))[^.;:!?]{0,48}$/

const DISCUSSED =
  /\b(?:attack(?:er|ers|s)?|adversar\w*|malicious|malware|inject(?:ion|ions|ed)?|jailbreak|phish\w*|scam\w*|threats?|exploit\w*|compromised|detects?|detection|scans? (?:text )?for|looks? (?:like|for)|such as|phrases? (?:like|such)|for example|e\.g\.|things like|says? things|flags?\b|patterns?|probes?|red.?team\w*|labels?|classif\w+|mitigation|vulnerab\w+|treat (?:it|them|this|that|everything|what|as) ?\w* ?(?:as )?(?:data|reference)|(?:they|it|these|those|pages?|documents?|files?|texts?|mails?|messages?|results?|content) (?:are|is) (?:data|content|untrusted|attack)|untrusted|if (?:a|an|the|any) [\w -]{1,30} (?:says?|asks?|tells?|contains|pretends)|because an? (?:file|page|document|issue)|signs?:|somebody|stran?gers?|written to influence|may (?:try|be written|pretend|say|contain)|could (?:a |an )?\w+ say|what does|translate|for testing|test (?:case|string|input)s?|defang|escaped now|crafted|cve-\d)/

const HEADING =
  /\b(?:never|don'?t|do not|forbidden|must not|red flags?|attacks?|threats?|inject\w*|probes?|patterns?|indicators?|what to look for|usually show|examples? of|deny|samples?|tests?|test cases?|false friends|reference|signs|mitigations?|security considerations|false positives?|changelog|security)\b/

/** Whether a match is an order to the reader, its denial, somebody's words, or a description of what may happen. */
export function polarityOf(
  { role, folded, from, to, line, heading, fenced }: Surroundings,
  denies: boolean,
): Polarity {
  if (READ_ABOUT.has(role)) return 'quoted'
  const before = folded.slice(Math.max(0, from - 80), from)
  if (!denies && DENIAL.test(before)) return 'negated'
  // The matched words themselves (`if somebody asks, claim …`) discuss nothing.
  const discussed = DISCUSSED.test(`${folded.slice(0, from)} ${folded.slice(to)}`)
  if (isQuoted(folded, from, to) && (discussed || !FOR_MODELS.has(role) || isListed(folded, from, to)))
    return 'quoted'
  if (fenced && role !== 'prompt' && role !== 'tool-description') return 'quoted'
  if (discussed) return 'reported'
  if (/^\s*\|/.test(line)) return 'quoted'
  if (/^\s*(?:[-*+>]|\d+[.)])\s/.test(line) && HEADING.test(heading)) return 'reported'
  return 'asserted'
}

/** Both ends lie in one pair of quotation marks or backticks, or in a pattern of a program. */
function isQuoted(folded: string, from: number, to: number): boolean {
  for (const match of folded.matchAll(
    /"[^"]{3,400}"|`[^`]{3,400}`|(?<=[\s(,:[])'[^\n]{3,300}?'(?=[\s).,;:\]]|$)/g,
  )) {
    if (match.index < from && match.index + match[0].length > to - 1) return true
  }
  return false
}

/** One of several quoted things in a row: a list of examples. */
function isListed(folded: string, from: number, to: number): boolean {
  return /["'`]\s*(?:,|or|and)\s*["'`]/.test(folded.slice(Math.max(0, from - 60), to + 60))
}

/** Is what follows such a heading or such a sentence shown rather than asked for? Both as compared (`fold`). */
export function isDiscussion(heading: string, before: string): boolean {
  const last = before.split(/\n\n|[.!?] /).at(-1) ?? ''
  return (
    HEADING.test(heading) ||
    DISCUSSED.test(last) ||
    /\b(?:vulnerable|insecure|bad|wrong|never|do not|don't)\b[^.]{0,40}$/.test(before)
  )
}
