/** What the value of a variable, header or option is, without repeating it. */
export interface ValueForm {
  /** literal, reference (to a variable or input), placeholder or empty */
  readonly form: string
  /** The provider whose format a literal has, `named` where only the name says that it is a secret, or empty. */
  readonly secret: string
}

/**
 * Formats that providers give their keys so that they can be found. Facts from the providers' documentation; each prefix is
 * followed by enough random characters that prose never matches.
 */
const PROVIDERS: readonly (readonly [string, RegExp])[] = [
  ['anthropic', /\bsk-ant-(?:api|admin)\d\d-[\w-]{80,}/],
  ['openai', /\bsk-(?:proj-|svcacct-|admin-)?[A-Za-z\d_-]{32,}\b/],
  ['github', /\b(?:gh[pousr]_[A-Za-z\d]{36,}|github_pat_\w{60,})/],
  ['gitlab', /\bglpat-[\w-]{20,}/],
  ['aws', /\b(?:AKIA|ASIA)[A-Z\d]{16}\b/],
  ['google', /\bAIza[\w-]{35}\b|\bya29\.[\w-]{20,}/],
  ['slack', /\bxox[abeoprs]-[\w-]{20,}|\bxapp-\d-[\w-]{20,}/],
  ['stripe', /\b[rs]k_(?:live|test)_[A-Za-z\d]{20,}/],
  ['huggingface', /\bhf_[A-Za-z\d]{30,}/],
  ['npm', /\bnpm_[A-Za-z\d]{36}\b/],
  ['pypi', /\bpypi-[\w-]{60,}/],
  ['sendgrid', /\bSG\.[\w-]{20,}\.[\w-]{20,}/],
  ['telegram', /\b\d{8,10}:AA[\w-]{32,}/],
  ['notion', /\b(?:ntn_|secret_)[A-Za-z\d]{40,}/],
  ['linear', /\blin_api_[A-Za-z\d]{32,}/],
  ['jwt', /\beyJ[\w-]{15,}\.eyJ[\w-]{15,}\.[\w-]{20,}/],
  ['private-key', /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/],
  ['password-in-url', /^[a-z][a-z\d+.-]*:\/\/[^\s/:@]+:[^\s/@${<]{3,}@/i],
]

const SECRET_NAME =
  /(?:^|[_.-])(?:api[_-]?key|apikey|access[_-]?key|secret|client[_-]?secret|token|pat|passw(?:or)?d|passwd|pwd|credentials?|private[_-]?key|auth(?:orization)?|bearer|cookie|session[_-]?key|signing[_-]?key)s?(?:$|[_.-](?:id|value)?$)/i
/** Names that end like secrets and are none. */
const NO_SECRET =
  /(?:max|min|num|limit|count|budget|per)[_-]?tokens?|tokens?[_-](?:limit|count|max|url|endpoint|file|path|env|type)|_(?:file|path|url|uri|env|name|header|dir|endpoint|type|id|method|enabled|required|mode)$/i

const REFERENCE =
  /^(?:Bearer |Basic |token |ApiKey )?(?:\$\{[^}]*\}|\$[A-Za-z_]\w*|\$env:\w+|%\w+%|\{\{[^}]*\}\}|\$\([^)]*\)|op:\/\/\S+|\{(?:env|input|user_config|file)[:.][^}]*\})[/\w.:@-]*$/i
const PLACEHOLDER =
  /^(?:Bearer |Basic |token )?(?:<[^>]*>|\[[^\]]*\]|\{[^}]*\}|x{3,}[\w-]*|\*{3,}|\.{3,}|…|(?:your|my|enter|insert|replace|add|put|paste|change|set|dummy|fake|sample|example|test|placeholder|todo|tbd|redacted|none|null|undefined|changeme|secret|password|token|key|api[_ -]?key)(?:[-_ .].*|me|here)?)$/i

/** Classifies a value by itself and by the name it is given. The value is in no result. */
export function valueForm(name: string, value: string): ValueForm {
  const text = value.trim()
  if (text === '') return { form: 'empty', secret: '' }
  if (REFERENCE.test(text)) return { form: 'reference', secret: isSecretName(name) ? 'named' : '' }
  if (isPlaceholder(text)) return { form: 'placeholder', secret: isSecretName(name) ? 'named' : '' }
  const provider = PROVIDERS.find(([, format]) => format.test(text))
  if (provider && !isRepetitive(text)) return { form: 'literal', secret: provider[0] }
  // A short word, a number or a path is a setting, whatever its name promises.
  const looksSecret =
    isSecretName(name) &&
    /^(?:Bearer |Basic |token )?[\w+/=.:~!@#$%^&*-]{8,}$/.test(text) &&
    !/^(?:\.{0,2}\/|[a-z]:\\|https?:)/i.test(text)
  return { form: 'literal', secret: looksSecret && !isRepetitive(text) ? 'named' : '' }
}

export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name.replace(/([a-z\d])([A-Z])/g, '$1_$2')) && !NO_SECRET.test(name)
}

function isPlaceholder(text: string): boolean {
  if (PLACEHOLDER.test(text)) return true
  if (/x{6,}|\*{4,}|0{8,}|\.{3}$|…|<[^>]+>|YOUR[_-]|_HERE\b|-here\b|[_-]goes[_-]here/i.test(text)) return true
  return /\b(?:example|placeholder|redacted|changeme|change[-_]me|dummy|not[-_]?a[-_]?real)\b/i.test(text)
}

/** `sk-1234567890…`, `aaaa…`: what examples are made of. */
function isRepetitive(text: string): boolean {
  const body = text.replace(/^(?:\w{2,8}[-_])+/, '')
  if (new Set(body).size * 4 < Math.min(body.length, 40)) return true
  return /(?:0?1234567890?|abcdef(?:gh|01)|abc123|deadbeef)/i.test(body) && body.length < 50
}

/** Arguments with what is secret among them left out. */
export function withoutSecretWords(words: readonly string[]): string[] {
  return words.map((word, index) => {
    const before = words[index - 1] ?? ''
    const option =
      /^-{1,2}([\w-]+)$/.exec(before)?.[1] ??
      /^([\w-]+):$/.exec(before)?.[1] ??
      (before === 'Bearer' ? 'token' : undefined)
    const [, name = '', value = word] = /^-{0,2}([\w.-]+)(?:=|:(?!\/\/))\s*(.*)$/s.exec(word) ?? []
    const isSecret = (named: string, text: string) => {
      const { form, secret } = valueForm(named, text)
      return form === 'literal' && secret !== ''
    }
    if (isSecret(name, value) || isSecret('', word)) return '…'
    return option !== undefined && !word.startsWith('-') && isSecret(option, word) ? '…' : word
  })
}

/** A command line or other text, the same way: word by word, whatever their quotes. */
export function lineWithoutSecrets(text: string): string {
  const words = text.split(/(\s+|["'])/)
  const plain = withoutSecretWords(words.filter((_, index) => index % 2 === 0))
  return words.map((word, index) => (index % 2 === 0 ? (plain[index / 2] ?? word) : word)).join('')
}
