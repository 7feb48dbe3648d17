import { misspelt } from './package-names.ts'

/** Something in a list of packages that takes one from elsewhere than the index the user trusts. */
export interface RequirementTrait {
  /**
   * index, extra-index, find-links, trusted-host: options. url, local, vcs-unpinned, vcs-pinned: where one package comes
   * from. misspelt: a name one slip away from a known one. strange-name: letters that only look like ASCII.
   */
  readonly what: string
  readonly value: string
  readonly line: number
}

const OPTIONS: Readonly<Record<string, string>> = {
  '-i': 'index',
  '--index-url': 'index',
  '--pypi-url': 'index',
  '--extra-index-url': 'extra-index',
  '-f': 'find-links',
  '--find-links': 'find-links',
  '--trusted-host': 'trusted-host',
}

/** Indexes that everybody uses: PyPI itself, PyTorch's wheels, NVIDIA's. */
const KNOWN_INDEX =
  /^https:\/\/(?:pypi\.org\/simple|download\.pytorch\.org\/whl|pypi\.nvidia\.com|pypi\.ngc\.nvidia\.com|download\.pyg\.org|data\.pyg\.org)(?:\/|$)/

/** Reads pip's format of requirements line by line. */
export function* requirementTraits(text: string): Generator<RequirementTrait> {
  let line = 0
  for (const physical of text.replace(/\\\r?\n/g, '  ').split('\n')) {
    line++
    const logical = physical.replace(/(?:^|\s)#.*$/, '').trim()
    if (logical === '') continue
    const [, option = '', value = ''] = /^(--?[\w-]+)(?:\s*=\s*|\s+|$)(\S*)/.exec(logical) ?? []
    if (option === '') for (const trait of requirement(logical)) yield { ...trait, line }
    else if (option === '-e' || option === '--editable') {
      for (const trait of requirement(value)) yield { ...trait, line }
    } else if (/^(?:-r|-c|--requirement|--constraint)$/.test(option)) {
      yield { what: 'include', value, line }
    } else {
      const what = Object.hasOwn(OPTIONS, option) ? OPTIONS[option] : undefined
      if (what !== undefined && !KNOWN_INDEX.test(value)) yield { what, value, line }
    }
  }
}

/** One requirement (PEP 508), or a path or address in its place. */
export function* requirement(text: string): Generator<Omit<RequirementTrait, 'line'>> {
  const name = /^[^\s<>=!~;@[(/:\\]+/.exec(text)?.[0] ?? ''
  const address =
    /^[\w.-]+(?:\[[^\]]*\])?\s*@\s*(\S+)/.exec(text)?.[1] ?? /^[a-z+]+:\/\/\S+|^git@\S+/.exec(text)?.[0] ?? ''
  if (address !== '') {
    if (/^(?:git|hg|svn|bzr)[+@]/.test(address)) {
      yield { what: /@[\da-f]{40}(?:#|$)/.test(address) ? 'vcs-pinned' : 'vcs-unpinned', value: address }
    } else if (address.startsWith('file:')) yield { what: 'local', value: address }
    else if (!/[#&]sha256=[\da-f]{64}/.test(address) && !KNOWN_INDEX.test(address))
      yield { what: 'url', value: address }
  } else if (/^(?:\.{1,2})?[/\\]|^\.{1,2}$/.test(text)) yield { what: 'local', value: text }
  if (/[^\x20-\x7e]/.test(name)) yield { what: 'strange-name', value: name }
  if (misspelt(name) !== undefined) yield { what: 'misspelt', value: name }
}
