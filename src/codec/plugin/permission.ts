/** A rule by which an agent may use a tool, as Claude Code and its like write it: `Bash(git log:*)`, `Read`, `mcp__x__y`. */
export interface PermissionRule {
  readonly tool: string
  readonly rule: string
  /** all: nothing is left out. broad: an interpreter, a package runner, a shell or the whole file system. narrow: the rest. */
  readonly breadth: 'all' | 'broad' | 'narrow'
}

/** Programs that run whatever they are told to. */
const ANYTHING =
  /^(?:sudo|su|doas|sh|bash|zsh|dash|fish|pwsh|powershell|cmd|eval|exec|env|xargs|find|node|deno|bun|python[\d.]*|perl|ruby|php|osascript|npx|bunx|uvx|uv run|pipx run|npm exec|curl|wget|ssh|scp|nc|ncat|socat|docker|kubectl|rm|dd|chmod|chown)$/
const ACTING =
  /^(?:Bash|Shell|PowerShell|Terminal|run_shell_command|run_command|execute_command|shell|bash|developer__shell|execute_bash)$/i
const WRITING = /^(?:Write|Edit|MultiEdit|NotebookEdit|write_file|edit)$/i

/** Splits a list of rules at spaces or commas that stand outside parentheses. */
export function splitRules(text: string): string[] {
  return (text.match(/[^\s,()]+(?:\([^)]*\))?/g) ?? []).map((rule) => rule.trim())
}

export function readRule(text: string): PermissionRule {
  const [, tool = text, inner = ''] = /^([^()]*)(?:\((.*)\))?$/s.exec(text.trim()) ?? []
  return { tool: tool.trim(), rule: inner.trim(), breadth: breadthOf(tool.trim(), inner.trim()) }
}

function breadthOf(tool: string, rule: string): PermissionRule['breadth'] {
  if (tool === '*' || tool === 'mcp__*') return 'all'
  const open = rule === '' || /^(?:\*|\*\*|:\*|\*:\*|\.\*|\/\*\*|~\/\*\*|\/\/\*\*)$/.test(rule)
  if (ACTING.test(tool)) {
    if (open) return 'all'
    const program =
      rule
        .replace(/:?\*+$/, '')
        .trim()
        .split('/')
        .at(-1) ?? ''
    return /\*$/.test(rule) && ANYTHING.test(program) ? 'broad' : 'narrow'
  }
  if (WRITING.test(tool) || tool === 'Read')
    return /^(?:\/\/?\*\*|~\/\*\*|\/\*)$/.test(rule) ? 'broad' : 'narrow'
  return 'narrow'
}
