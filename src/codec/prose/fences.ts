import { fold } from './fold.ts'
import { isDiscussion } from './polarity.ts'

/** A block of code in a document that tells a model what to do. */
export interface Fence {
  readonly language: 'shell' | 'python' | 'javascript' | 'powershell'
  readonly code: string
  /** Line of its first line, from 1. */
  readonly line: number
}

const LANGUAGES: Readonly<Record<string, Fence['language']>> = {
  sh: 'shell',
  bash: 'shell',
  zsh: 'shell',
  shell: 'shell',
  console: 'shell',
  terminal: 'shell',
  python: 'python',
  py: 'python',
  python3: 'python',
  js: 'javascript',
  javascript: 'javascript',
  node: 'javascript',
  powershell: 'powershell',
  ps1: 'powershell',
}

/** Without one of these, no command of a block could be remarkable; nearly all blocks are passed over. */
const INTEREST =
  /curl|wget|base64|\/dev\/tcp|\bnc\b|ncat|socat|eval|exec|authorized_keys|crontab|\.bashrc|\.zshrc|\.profile|xmrig|stratum|\.ssh|\.aws|\.netrc|\.env\b|printenv|iex|invoke|downloadstring|webhook|history -c|rm -rf|dd if|mkfs|LaunchAgents|systemctl enable|CLAUDE\.md|AGENTS\.md|mcp\.json|child_process|subprocess|os\.system|requests\.|urllib|fetch\(/i

const KEPT = 64

/** Blocks of code that the reader is meant to run; not those under a heading or after a sentence about attacks. */
export function fences(text: string): Fence[] {
  const found: Fence[] = []
  let [line, at, heading] = [1, 0, '']
  for (const match of text.matchAll(
    /^[ \t]{0,8}(?:(#{1,6})[ \t]+([^\n]{1,200})|```+[ \t]*([\w+-]*)[^\n]*)$/gm,
  )) {
    if (match.index < at) continue
    line += count(text, at, match.index)
    at = match.index
    if (match[1] !== undefined) {
      heading = fold(match[2] ?? '')
      continue
    }
    const begin = at + match[0].length + 1
    const close = text.slice(begin).search(/^[ \t]{0,8}```/m)
    const end = close === -1 ? text.length : begin + close
    const code = text.slice(begin, end)
    const language = LANGUAGES[(match[3] ?? '').toLowerCase()]
    const before = fold(text.slice(Math.max(0, at - 200), at))
    if (language && INTEREST.test(code) && !isDiscussion(heading, before) && found.length < KEPT) {
      found.push({
        language,
        code: language === 'shell' ? code.replace(/^[ \t]*[$>][ \t]/gm, '') : code,
        line: line + 1,
      })
    }
    const after = text.indexOf('\n', end)
    const next = after === -1 ? text.length : after
    line += count(text, at, next)
    at = next
  }
  return found
}

function count(text: string, from: number, to: number): number {
  let lines = 0
  for (let at = text.indexOf('\n', from); at !== -1 && at < to; at = text.indexOf('\n', at + 1)) lines++
  return lines
}
