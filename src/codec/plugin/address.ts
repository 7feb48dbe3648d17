/** Where an address leads, as far as its text says. */
export interface Address {
  readonly scheme: string
  readonly host: string
  /** The host and every domain it is in, so that a list of domains can be asked: `a.b.example`, `b.example`. */
  readonly domains: readonly string[]
  /** loopback, private, any (`0.0.0.0`), metadata (of clouds), literal (another bare IP address), variable, public or empty. */
  readonly reach: string
}

export const NOWHERE: Address = { scheme: '', host: '', domains: [], reach: '' }

const VARIABLE = /\$\{[^}]*\}|\$\w+|\{\{?[^}]*\}?\}|<[^>]*>|%\w+%/g

/** Reads an absolute address; `NOWHERE` for any other text. Variables stay: a host that has one leads to `variable`. */
export function addressOf(text: string): Address {
  const trimmed = text.trim()
  const scheme = /^([a-z][a-z\d+.-]*):\/\//i.exec(trimmed)?.[1]?.toLowerCase()
  if (scheme === undefined) return NOWHERE
  const authority = trimmed.slice(scheme.length + 3).split(/[/?#\\]/)[0] ?? ''
  const written = authority.slice(authority.lastIndexOf('@') + 1)
  if (written.replace(VARIABLE, '') !== written)
    return { scheme, host: written, domains: [], reach: 'variable' }
  let host = written.replace(/:\d*$/, '').toLowerCase()
  try {
    // Only the well-known schemes have their hosts normalised (`0x7f.1`, `127.1`, IDN).
    host = new URL(`http://${written}`).hostname
  } catch {
    // No host by anybody's rules: kept as written.
  }
  const bare = host.replace(/^\[|\]$/g, '').replace(/\.$/, '')
  return { scheme, host: bare, domains: domainsOf(bare), reach: reachOf(bare) }
}

function domainsOf(host: string): string[] {
  if (/^[\d.]+$|:/.test(host)) return []
  const labels = host.split('.')
  return labels.slice(0, -1).map((_, index) => labels.slice(index).join('.'))
}

function reachOf(host: string): string {
  if (host === '') return ''
  if (/^(?:localhost|.*\.localhost|127(?:\.\d+){3}|::1|host\.docker\.internal)$/.test(host)) return 'loopback'
  if (/^(?:0\.0\.0\.0|::)$/.test(host)) return 'any'
  if (/^(?:169\.254\.169\.254|fd00:ec2::254|metadata\.google\.internal|100\.100\.100\.200)$/.test(host))
    return 'metadata'
  if (
    /^(?:10(?:\.\d+){3}|192\.168(?:\.\d+){2}|172\.(?:1[6-9]|2\d|3[01])(?:\.\d+){2}|169\.254(?:\.\d+){2})$/.test(
      host,
    )
  )
    return 'private'
  if (
    /^(?:f[cd]|fe80:)[\da-f:]+$/.test(host) ||
    /\.(?:local|internal|lan|home\.arpa|intranet|corp)$/.test(host)
  )
    return 'private'
  if (/^\d+(?:\.\d+){3}$/.test(host) || host.includes(':')) return 'literal'
  return host.includes('.') ? 'public' : 'private'
}

/** An address without user, password and values of queries: they are where keys are put. */
export function urlWithoutSecrets(url: string): string {
  return url
    .replace(/\/\/[^/@\s]*@/, '//')
    .replace(/([?&][\w.-]+=)[^&#$]+/g, '$1…')
    .slice(0, 300)
}
