import { fold } from './fold.ts'

export type SignalName =
  | 'override'
  | 'fake-turn'
  | 'persona'
  | 'secrecy'
  | 'secret-demand'
  | 'exfiltration'
  | 'side-channel'
  | 'precondition'
  | 'shadowing'
  | 'coercion'
  | 'persistence'
  | 'remote-instructions'
  | 'unsafe-run'
  | 'destruction'
  | 'evasion'
  | 'tampering'
  | 'address'

/** Signals of one family are not independent of each other: they say one thing twice. */
export const FAMILY: Readonly<Record<SignalName, string>> = {
  override: 'control',
  'fake-turn': 'control',
  persona: 'persona',
  secrecy: 'secrecy',
  'secret-demand': 'secret',
  exfiltration: 'exfiltration',
  'side-channel': 'exfiltration',
  persistence: 'persistence',
  'remote-instructions': 'remote',
  'unsafe-run': 'consent',
  destruction: 'destruction',
  evasion: 'evasion',
  tampering: 'tampering',
  precondition: 'order',
  shadowing: 'order',
  coercion: 'order',
  address: 'order',
}

/** A sign of intent: where all groups of words in `needs` occur, `pattern` decides. */
export interface Signal {
  readonly name: SignalName
  readonly needs: number
  readonly pattern: RegExp
  /** Must match, too. Two patterns with one gap each are far cheaper than one with two. */
  readonly also?: RegExp
  /** The denial is part of what is asked for: `do not tell the user`. */
  readonly denies?: boolean
  /** In a prompt file this is how turns are written. */
  readonly notInPrompts?: boolean
}

/** Where secrets are kept. */
export const PLACE = String.raw`(?:~?/?\.ssh\b(?!/(?:config|known_hosts))|\bid_rsa\b(?!\.pub)|\bid_ed25519\b(?!\.pub)|ssh_id_rsa|\.aws\b|\.netrc|\.npmrc|\.pypirc|(?:^|[\s/\x60'"(*])\.env\b(?!\.(?:example|sample|template)|file)|/app/env\b|\.git-credentials|\.kube/config|\.docker/config\.json|kubeconfig|gcloud/\S+|oauth_creds|hosts\.yml|\.cursor/mcp\.json|claude_desktop_config|/etc/(?:passwd|shadow)|wallet\.dat|\*\.pem|printenv|serviceaccount/token|browser cookies|keychain|kubectl get secrets)`

/** @param needs groups of words that must all occur in the sentence (`words.ts`). */
export function signal(
  name: SignalName,
  needs: number,
  pattern: string,
  denies = false,
  notInPrompts = false,
): Signal {
  // Only what is beyond ASCII is folded: `\S` is no letter.
  const folded = pattern.replace(/[^ -~]+/g, fold)
  return {
    name,
    needs,
    pattern: new RegExp(folded),
    ...(denies ? { denies } : {}),
    ...(notInPrompts ? { notInPrompts } : {}),
  }
}

/** A signal of two patterns. */
export function both(name: SignalName, needs: number, pattern: string, also: string): Signal {
  return { ...signal(name, needs, pattern), also: new RegExp(also) }
}
