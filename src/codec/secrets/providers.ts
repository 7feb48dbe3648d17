import { holdsBase62Crc, isAwsKeyId, isJwt, isKeyOf64Bytes, isMacaroon } from './checksum.ts'
import type { SecretForm } from './form.ts'
import { GENERIC } from './generic.ts'

const structure = () => 'structure' as const

function form(
  provider: string,
  kind: string,
  anchor: string,
  rest: string,
  check?: SecretForm['check'],
): SecretForm {
  const escaped = anchor.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')
  const pattern = new RegExp(`${escaped}${rest}`, 'dy')
  return { provider, kind, anchor, pattern, prefix: anchor.length, ...(check ? { check } : {}) }
}

const crc = (prefix: number) => (secret: string) =>
  holdsBase62Crc(secret.slice(prefix)) ? ('valid' as const) : ('broken' as const)

const END = '(?![A-Za-z0-9_])'
const GITHUB = ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'].map((prefix) =>
  form('github', 'token', prefix, `[A-Za-z0-9]{36}${END}`, crc(4)),
)

/**
 * Forms that providers publish so that their secrets can be found. Facts from the providers' documentation. Prefixes that
 * only prose has, or that need a name beside them to be told from a digest, are not here.
 */
export const FORMS: readonly SecretForm[] = [
  ...GITHUB,
  form('github', 'token', 'github_pat_', `[A-Za-z0-9]{22}_[A-Za-z0-9]{59}${END}`, structure),
  form('npm', 'token', 'npm_', `[A-Za-z0-9]{36}${END}`, crc(4)),
  form('pypi', 'token', 'pypi-', '[A-Za-z0-9_-]{70,400}', (s) =>
    isMacaroon(s.slice(5)) ? 'structure' : undefined,
  ),
  form('huggingface', 'token', 'hf_', `[A-Za-z]{34}${END}`),
  form('huggingface', 'token', 'api_org_', `[A-Za-z]{34}${END}`),
  form('anthropic', 'key', 'sk-ant-', String.raw`(?:api|admin|oat|sid)\d\d-[\w-]{80,120}(?![\w-])`, (s) =>
    s.endsWith('AA') ? 'structure' : 'none',
  ),
  // The middle of every key of OpenAI spells its name in base64.
  {
    provider: 'openai',
    kind: 'key',
    anchor: 'T3BlbkFJ',
    back: 180,
    prefix: 3,
    pattern: /sk-(?:proj-|svcacct-|admin-|None-)?[\w-]{18,120}T3BlbkFJ[\w-]{18,120}/dy,
    check: structure,
  },
  form('openrouter', 'key', 'sk-or-v1-', `[0-9a-f]{64}${END}`),
  form('groq', 'key', 'gsk_', `[A-Za-z0-9]{52}${END}`),
  form('xai', 'key', 'xai-', `[A-Za-z0-9]{80}${END}`),
  form('replicate', 'token', 'r8_', `[A-Za-z0-9]{37}${END}`),
  form('perplexity', 'key', 'pplx-', `[A-Za-z0-9]{48}${END}`),
  form('langsmith', 'key', 'lsv2_', `(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}${END}`),
  form('aws', 'key', 'AKIA', `[A-Z2-7]{16}${END}`, (s) => (isAwsKeyId(s) ? 'none' : undefined)),
  form('aws', 'key', 'ASIA', `[A-Z2-7]{16}${END}`, (s) => (isAwsKeyId(s) ? 'none' : undefined)),
  {
    provider: 'aws',
    kind: 'secret-key',
    anchor: 'secret_access_key',
    prefix: 0,
    pattern:
      /secret_access_key["' \t]{0,3}[:=][>"' \t]{0,4}(?<secret>[A-Za-z0-9+/]{40})(?![A-Za-z0-9+/=])/diy,
    check: structure,
  },
  {
    provider: 'aws',
    kind: 'secret-key',
    anchor: 'secretaccesskey',
    prefix: 0,
    pattern: /secretaccesskey["' \t]{0,3}[:=][>"' \t]{0,4}(?<secret>[A-Za-z0-9+/]{40})(?![A-Za-z0-9+/=])/diy,
    check: structure,
  },
  form('google', 'key', 'AIza', String.raw`[\w-]{35}(?![\w-])`),
  form('google', 'session', 'ya29.', String.raw`[\w-]{60,400}`),
  form('google', 'client-secret', 'GOCSPX-', String.raw`[\w-]{28}(?![\w-])`),
  {
    provider: 'azure',
    kind: 'storage-key',
    anchor: 'AccountKey=',
    prefix: 0,
    pattern: /AccountKey=(?<secret>[A-Za-z0-9+/]{86}==)/diy,
    check: (s) => (isKeyOf64Bytes(s) ? 'structure' : undefined),
  },
  // Keys with Microsoft's mark, which carry their own checksum.
  {
    provider: 'azure',
    kind: 'key',
    anchor: 'JQQJ99',
    back: 52,
    prefix: 0,
    pattern: /[A-Za-z0-9]{52}JQQJ99[A-D][A-L][A-Za-z0-9]{22,26}(?![A-Za-z0-9])/dy,
    check: structure,
  },
  {
    provider: 'azure',
    kind: 'client-secret',
    anchor: '8Q~',
    back: 3,
    prefix: 0,
    pattern: /[A-Za-z0-9_~.]{3}8Q~[A-Za-z0-9_~.-]{34}(?![A-Za-z0-9_~.-])/dy,
    check: structure,
  },
  form('gitlab', 'token', 'glpat-', String.raw`[\w-]{20}(?:[\w-]{0,280}\.\d\d\.[0-9a-z]{9})?(?![\w-])`),
  form('gitlab', 'token', 'glrt-', String.raw`[\w-]{20}(?![\w-])`),
  form('gitlab', 'token', 'gldt-', String.raw`[\w-]{20}(?![\w-])`),
  ...['xoxb-', 'xoxp-', 'xoxa-', 'xoxe-', 'xoxr-', 'xoxs-'].map((prefix) =>
    form('slack', 'token', prefix, String.raw`\d{9,14}-(?:\d{9,14}-)?[A-Za-z0-9-]{20,120}`, structure),
  ),
  form('slack', 'token', 'xapp-', String.raw`\d-[A-Z0-9]{9,14}-\d{9,14}-[0-9a-f]{64}${END}`, structure),
  form(
    'slack',
    'webhook',
    'hooks.slack.com/services/',
    `T[A-Z0-9]{8,12}/B[A-Z0-9]{8,12}/[A-Za-z0-9]{24}${END}`,
    structure,
  ),
  form('discord', 'webhook', 'discord.com/api/webhooks/', String.raw`\d{17,20}/[\w-]{60,80}`, structure),
  form('discord', 'webhook', 'discordapp.com/api/webhooks/', String.raw`\d{17,20}/[\w-]{60,80}`, structure),
  {
    provider: 'telegram',
    kind: 'token',
    anchor: ':AA',
    back: 10,
    prefix: 0,
    pattern: /\d{8,10}:AA[\w-]{33}(?![\w-])/dy,
    check: structure,
  },
  form('stripe', 'key', 'sk_live_', `[A-Za-z0-9]{24,120}${END}`),
  form('stripe', 'key', 'rk_live_', `[A-Za-z0-9]{24,120}${END}`),
  form('stripe', 'webhook-secret', 'whsec_', `[A-Za-z0-9+/]{32,64}=?${END}`),
  form('sendgrid', 'key', 'SG.', String.raw`[\w-]{22}\.[\w-]{43}(?![\w-])`, structure),
  form('shopify', 'token', 'shpat_', `[0-9a-fA-F]{32}${END}`),
  form('shopify', 'token', 'shpss_', `[0-9a-fA-F]{32}${END}`),
  form('digitalocean', 'token', 'dop_v1_', `[0-9a-f]{64}${END}`),
  form('digitalocean', 'token', 'doo_v1_', `[0-9a-f]{64}${END}`),
  form('databricks', 'token', 'dapi', `[0-9a-f]{32}(?:-\\d)?${END}`),
  form('docker', 'token', 'dckr_pat_', String.raw`[\w-]{27}(?![\w-])`),
  form('doppler', 'token', 'dp.pt.', `[A-Za-z0-9]{43}${END}`),
  form('grafana', 'token', 'glsa_', `[A-Za-z0-9]{32}_[0-9a-f]{8}${END}`, structure),
  form('grafana', 'token', 'glc_eyJ', '[A-Za-z0-9+/=]{60,400}', structure),
  form('hashicorp', 'token', 'hvs.', String.raw`[\w-]{90,120}(?![\w-])`),
  {
    provider: 'hashicorp',
    kind: 'token',
    anchor: '.atlasv1.',
    back: 14,
    prefix: 0,
    pattern: /[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,70}(?![\w=-])/dy,
    check: structure,
  },
  form('linear', 'key', 'lin_api_', `[A-Za-z0-9]{40}${END}`),
  form('notion', 'token', 'ntn_', `[A-Za-z0-9]{46}${END}`),
  form('figma', 'token', 'figd_', String.raw`[\w-]{40}(?![\w-])`),
  form('postman', 'key', 'PMAK-', `[0-9a-f]{24}-[0-9a-f]{34}${END}`, structure),
  form('newrelic', 'key', 'NRAK-', `[A-Z0-9]{27}${END}`),
  form('sentry', 'token', 'sntrys_', 'eyJ[A-Za-z0-9+/=_-]{80,400}', structure),
  form('sentry', 'token', 'sntryu_', `[0-9a-f]{64}${END}`),
  form('supabase', 'token', 'sbp_', `[0-9a-f]{40}${END}`),
  form('supabase', 'key', 'sb_secret_', String.raw`[\w-]{31}(?![\w-])`),
  form('planetscale', 'token', 'pscale_', String.raw`(?:tkn|pw|oauth)_[\w.=-]{32,64}(?![\w.=-])`),
  form(
    'tailscale',
    'key',
    'tskey-',
    `(?:auth|api|client|scim|webhook)-[A-Za-z0-9]{8,20}-[A-Za-z0-9]{20,40}${END}`,
    structure,
  ),
  form('rubygems', 'token', 'rubygems_', `[0-9a-f]{48}${END}`),
  form('atlassian', 'token', 'ATATT3', String.raw`[\w-]{150,250}=[0-9A-F]{8}${END}`, structure),
  form('twilio', 'key', 'twilio', String.raw`[\w "':=.-]{0,24}\b(?<secret>SK[0-9a-f]{32})${END}`, structure),
  form('age', 'private-key', 'AGE-SECRET-KEY-1', `[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}${END}`, structure),
  ...GENERIC,
  {
    provider: 'jwt',
    kind: 'session',
    anchor: 'eyJ',
    prefix: 3,
    pattern: /eyJ[\w-]{12,2000}\.eyJ[\w-]{12,4000}\.[\w-]{20,1400}(?![\w-])/dy,
    check: (s) => (isJwt(s) ? 'structure' : undefined),
  },
]
