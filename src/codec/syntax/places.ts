import { posix } from 'node:path'

/** What a path or a name of an environment variable is the place of. */
export type PathClass = 'secret' | 'persistence' | 'agent-config' | 'temporary' | 'system' | 'home' | 'other'

// Folders and files by the last parts of their paths, `/` for any separator; compared in lower case.
const SECRET =
  /(?:^|\/)(?:\.ssh(?:\/(?!config$|known_hosts$).*)?|\.aws\/credentials|\.aws|\.netrc|_netrc|\.pgpass|\.git-credentials|\.npmrc|\.pypirc|\.docker\/config\.json|\.kube\/config|\.gnupg(?:\/.*)?|\.config\/gcloud(?:\/.*)?|\.azure(?:\/.*)?|\.cache\/huggingface\/token|\.huggingface\/token|\.config\/gh\/hosts\.yml|id_rsa|id_ed25519|id_ecdsa|id_dsa|login data|cookies\.sqlite|logins\.json|key4\.db|wallet\.dat|local state|\.bash_history|\.zsh_history|\.python_history|\.claude\/\.credentials\.json|\.codex\/auth\.json)$|^\/etc\/shadow$|^(?:\/var)?\/run\/secrets\/.|^\/proc\/(?:self|\d+|1)\/environ$|\/(?:google\/chrome|chromium|brave-browser|mozilla\/firefox|\.mozilla|exodus|electrum|atomic|\.ethereum\/keystore|\.bitcoin|\.solana\/id\.json|metamask)(?:\/|$)|\/library\/keychains\//

const PERSISTENCE =
  /(?:^|\/)(?:\.bashrc|\.bash_profile|\.bash_login|\.profile|\.zshrc|\.zprofile|\.zshenv|\.zlogin|\.ssh\/authorized_keys2?|\.config\/fish\/config\.fish|\.config\/autostart\/.*|\.config\/systemd\/user(?:\/.*)?|\.xinitrc|\.xprofile|sitecustomize\.py|usercustomize\.py)$|^\/etc\/(?:cron[.a-z]*|crontab|profile|profile\.d|rc\.local|init\.d|systemd\/system|ld\.so\.preload|sudoers|sudoers\.d|pam\.d|bash\.bashrc|zshrc|xdg\/autostart)(?:\/|$)|^\/var\/spool\/cron(?:\/|$)|\/library\/(?:launchagents|launchdaemons)(?:\/|$)|\/(?:start menu\/programs\/startup|windows\/system32\/tasks)(?:\/|$)|\/\.git\/hooks\//

const AGENT =
  /(?:^|\/)(?:claude\.md|agents\.md|gemini\.md|\.cursorrules|\.windsurfrules|\.mcp\.json|mcp\.json|mcp_config\.json|claude_desktop_config\.json|\.claude\.json|\.claude\/(?:settings(?:\.local)?\.json|commands\/.*|agents\/.*|skills\/.*|hooks\/.*|claude\.md)|\.cursor\/(?:mcp\.json|rules(?:\/.*)?)|\.codex\/config\.toml|\.gemini\/settings\.json|\.codeium\/windsurf\/.*|\.github\/copilot-instructions\.md|cline_mcp_settings\.json|memory\.md|soul\.md)$/

/** The class of a constant path, or of the constant beginning of one. Forward slashes stand for both. */
export function pathClass(path: string): PathClass {
  const lower = posix.normalize(path.slice(0, 4096).replaceAll('\\', '/')).toLowerCase()
  if (PERSISTENCE.test(lower)) return 'persistence'
  if (SECRET.test(lower)) return 'secret'
  if (AGENT.test(lower)) return 'agent-config'
  if (/^(?:\/tmp|\/var\/tmp|\/dev\/shm|%temp%|c:\/windows\/temp)(?:\/|$)/.test(lower)) return 'temporary'
  if (
    /^(?:\/etc|\/usr|\/bin|\/sbin|\/lib|\/boot|\/root|\/var|\/proc|\/sys|\/dev|c:\/windows)(?:\/|$)/.test(
      lower,
    )
  )
    return 'system'
  return /^(?:~|\$home|%userprofile%|\/home\/|\/users\/)/.test(lower) ? 'home' : 'other'
}

const SECRET_NAME = /(?:token|secret|passw|api_?key|access_?key|private_?key|credential|session_?key)/i

/** Is a variable of this name likely to hold something to be kept secret? */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name)
}

/** What environment variables that name folders stand for, so that paths made of them are constant. */
export const FOLDER_VARIABLES: Readonly<Record<string, string>> = {
  HOME: '~',
  USERPROFILE: '~',
  APPDATA: '~/AppData/Roaming',
  LOCALAPPDATA: '~/AppData/Local',
  TEMP: '/tmp',
  TMP: '/tmp',
  TMPDIR: '/tmp',
}
