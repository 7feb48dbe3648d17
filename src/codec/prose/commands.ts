/** Command lines in prose that are a sign of intent. What fenced blocks and scripts do is the code engine's business. */
export interface CommandLine {
  readonly trait:
    | 'download-run'
    | 'decode-run'
    | 'reverse-shell'
    | 'miner'
    | 'secret-upload'
    | 'dns-exfiltration'
    | 'locked-archive'
    | 'staged-elsewhere'
    | 'fetch-execute'
  readonly start: number
  readonly end: number
}

const SECRETS = String.raw`(?:\.ssh\b(?!\/\S*\.pub)|\.aws\b|\.netrc|id_rsa\b(?!\.pub)|id_ed25519\b(?!\.pub)|\.env\b|\/etc\/shadow|serviceaccount\/token|\.kube\/config|\.npmrc|\bprintenv\b|\benv\b(?= *\|)|\bsecrets?\b)`
const SENDER = String.raw`\b(?:curl|wget|nc|ncat)\b`
const INTERPRETER = String.raw`(?:sudo )?(?:\/(?:usr\/)?bin\/)?(?:ba|z|da)?sh\b(?!\.)`

const TRAITS: readonly (readonly [CommandLine['trait'], RegExp])[] = [
  [
    'reverse-shell',
    /\b(?:ba|z|da)?sh\b[^\n`]{0,60}>&? ?\/dev\/(?:tcp|udp)\/|\/dev\/tcp\/[\w.-]+\/\d+ 0>&1|\b(?:nc|ncat)\b[^\n`|]{0,60} -e ?\/bin\/\w+|\b(?:nc|ncat)\b[^\n`|]{0,20}-e \/bin/g,
  ],
  ['decode-run', new RegExp(String.raw`base64 (?:-d|-D|--decode)\b[^\n\x60]{0,40}\| ?${INTERPRETER}`, 'g')],
  [
    'download-run',
    new RegExp(
      String.raw`\b(?:curl|wget)\b[^\n|\x60]{0,200}\| ?${INTERPRETER}|${INTERPRETER} -c ["']\$\((?:curl|wget)|eval "?\$\((?:curl|wget)|\biex\b[^\n]{0,40}(?:downloadstring|iwr|irm)`,
      'gi',
    ),
  ],
  [
    'fetch-execute',
    /\b(?:curl|wget)\b(?=[^\n`]{0,200}(?:http:\/\/|xattr -))[^\n`]{0,240}\bchmod (?:a?\+x|7\d\d)\b[^\n`]{0,160}(?:&&|;) ?(?:sudo )?(?:\.?\/|~|xattr)/g,
  ],
  ['miner', /stratum\+(?:tcp|ssl):\/\/|\bxmrig\b/gi],
  [
    'secret-upload',
    new RegExp(
      String.raw`${SECRETS}[^\n\x60]{0,120}\| ?${SENDER}[^\n\x60]{0,40}https?:|${SENDER}[^\n\x60]{0,120}(?:-d|-T|-F|--data(?:-binary)?|--post-file)[ =]?\S{0,10}@?\S*${SECRETS}`,
      'g',
    ),
  ],
  ['dns-exfiltration', /\b(?:nslookup|dig|host|ping)\b[^\n]{0,10}\$\((?:cat|base32|env|tar)\b/g],
  [
    'locked-archive',
    /\.(?:zip|rar|7z)\b[^\n]{0,200}\bpass(?:word|code)?\b[^\n]{0,20}[`'":] ?\w+|\bpass(?:word|code)\b[^\n]{0,40}\.(?:zip|rar|7z)\b/gi,
  ],
  [
    'staged-elsewhere',
    /https?:\/\/(?:www\.)?(?:glot\.io|rentry\.(?:co|org)|pastebin\.com|paste\.ee|transfer\.sh|0x0\.st|termbin\.com)\/\S+/gi,
  ],
]

const KEPT = 64

/** Command lines in `text`; at most 64. Every pattern is bounded, so the time is linear. */
export function commandLines(text: string): CommandLine[] {
  const found: CommandLine[] = []
  for (const [trait, pattern] of TRAITS) {
    for (const match of text.matchAll(pattern)) {
      found.push({ trait, start: match.index, end: match.index + match[0].length })
      if (found.length >= KEPT) return found
    }
  }
  return found
}

/** Where anybody collects, tunnels or receives without a name. Several are tools of honest developers, too. */
const HOSTS: readonly (readonly [string, RegExp])[] = [
  [
    'collector',
    /\b(?:webhook\.site|requestbin\.(?:com|net)|(?:\w+\.)?pipedream\.net|burpcollaborator\.net|oastify\.com|interact\.sh|oast\.(?:pro|live|site|online|fun|me)|beeceptor\.com|requestcatcher\.com)\b/gi,
  ],
  [
    'tunnel',
    /\b[\w-]+\.(?:ngrok(?:-free)?\.(?:io|app|dev)|trycloudflare\.com|serveo\.net|localhost\.run|loca\.lt)\b/gi,
  ],
  ['chat-hook', /\b(?:discord(?:app)?\.com\/api\/webhooks\/\w+|api\.telegram\.org\/bot\w+)/gi],
]

export interface Destination {
  readonly host: string
  readonly class: string
  readonly start: number
  readonly end: number
}

export function destinations(text: string): Destination[] {
  const found: Destination[] = []
  if (
    !/webhook|requestbin|pipedream|collaborator|oast|interact|beeceptor|catcher|ngrok|cloudflare|serveo|localhost|loca\.lt|telegram/i.test(
      text,
    )
  )
    return found
  for (const [kind, pattern] of HOSTS) {
    for (const match of text.matchAll(pattern)) {
      found.push({
        host: match[0].toLowerCase().slice(0, 80),
        class: kind,
        start: match.index,
        end: match.index + match[0].length,
      })
      if (found.length >= KEPT) return found
    }
  }
  return found
}
