import type { ShellBehaviour, Trait } from './commands.ts'
import { DECODERS } from './decoders.ts'
import { child, type SyntaxNode } from './language.ts'
import { pathClass } from './places.ts'

/** Names of commands by their aliases, in lower case. */
const ALIASES: Readonly<Record<string, string>> = {
  iex: 'invoke-expression',
  iwr: 'invoke-webrequest',
  irm: 'invoke-restmethod',
  curl: 'invoke-webrequest',
  wget: 'invoke-webrequest',
  saps: 'start-process',
  start: 'start-process',
  sc: 'set-content',
  ac: 'add-content',
  ri: 'remove-item',
  rm: 'remove-item',
  del: 'remove-item',
  icm: 'invoke-command',
}

const DOWNLOADS = /^(?:invoke-webrequest|invoke-restmethod|start-bitstransfer)$/
const DOWNLOAD_METHOD = /\.\s*(?:DownloadString|DownloadData|DownloadFile|OpenRead|GetStringAsync)\b/i
const DECODE_METHOD = /FromBase64String|FromHexString|\bGZipStream\b|\bDeflateStream\b/i
const POWERSHELL = /^(?:powershell|pwsh)(?:\.exe)?$/

/** What a PowerShell script does. Aliases and case are undone, encoded commands decoded. */
export function powershellBehaviour(root: SyntaxNode, text: string): ShellBehaviour {
  const reader = new PowershellReader(text)
  reader.read(root)
  return reader.behaviour
}

class PowershellReader {
  readonly behaviour: ShellBehaviour = { commands: [], traits: [], embedded: [] }
  readonly #text: string
  readonly #variables = new Map<string, string>()

  constructor(text: string) {
    this.#text = text
  }

  #slice({ start, end }: SyntaxNode): string {
    return this.#text.slice(start, end)
  }

  read(node: SyntaxNode): void {
    if (node.type === 'pipeline') this.#pipeline(node)
    else if (node.type === 'command') this.#command(node)
    else if (node.type === 'assignment_expression') this.#assign(node)
    for (const c of node.children) this.read(c)
  }

  /** Variables are known by the text that made them: enough to see that something was downloaded or decoded. */
  #assign(node: SyntaxNode): void {
    const [left] = node.children
    const value = child(node, 'value')
    if (left && value) this.#variables.set(this.#slice(left).trim().toLowerCase(), this.#slice(value))
  }

  #resolved(text: string): string {
    return text.replace(/\$[\w:]+/g, (name) => this.#variables.get(name.toLowerCase()) ?? name)
  }

  #name(command: SyntaxNode): string {
    const name = child(command, 'command_name')
    // Backticks and quotes inside of a name are ignored: i`ex.
    const plain = name ? this.#slice(name).replaceAll(/[`'"]/g, '').toLowerCase() : ''
    const base = plain.split(/[\\/]/).at(-1) ?? ''
    return ALIASES[base] ?? base
  }

  #trait(trait: Trait, node: SyntaxNode): void {
    const { start, end } = node
    if (this.behaviour.traits.some((t) => t.trait === trait && t.start === start)) return
    this.behaviour.traits.push({
      trait,
      constants: [this.#slice(node).slice(0, 200)],
      start,
      end,
      fn: undefined,
    })
  }

  #pipeline(node: SyntaxNode): void {
    const chain = node.children.find((c) => c.type === 'pipeline_chain')
    const stages = chain?.children.filter((c) => c.type !== '|') ?? []
    const last = stages.at(-1)
    if (stages.length < 2 || last?.type !== 'command' || this.#name(last) !== 'invoke-expression') return
    this.#evaluated(
      stages
        .slice(0, -1)
        .map((s) => this.#slice(s))
        .join(' | '),
      node,
    )
  }

  /** Text that is run: where does it come from? */
  #evaluated(source: string, node: SyntaxNode): void {
    const text = this.#resolved(source)
    const words = text.toLowerCase().split(/[\s(|;]+/)
    if (DOWNLOAD_METHOD.test(text) || words.some((w) => DOWNLOADS.test(ALIASES[w] ?? w)))
      this.#trait('download-run', node)
    if (DECODE_METHOD.test(text)) {
      this.#trait('decode-run', node)
      const constant = /FromBase64String\(\s*['"]([A-Za-z0-9+/=\s]{8,})['"]/i.exec(text)?.[1]
      if (constant) this.#embed(constant, /Unicode/i.test(text), node)
    }
  }

  #embed(base64: string, wide: boolean, { start }: SyntaxNode): void {
    const bytes = Buffer.from(DECODERS.base64.decode(base64), 'latin1')
    const code = wide ? bytes.toString('utf16le') : bytes.toString('utf8')
    this.behaviour.embedded.push({ language: 'powershell', code, decoded: true, start })
  }

  #command(node: SyntaxNode): void {
    const { start, end } = node
    const program = this.#name(node)
    const elements = child(node, 'command_elements')
    const line = elements ? this.#slice(elements).trim() : ''
    const constants = line === '' ? [] : [line.slice(0, 200)]
    const effect = DOWNLOADS.test(program)
      ? 'network'
      : program === 'invoke-expression'
        ? 'dynamic-code'
        : /^(?:set-content|add-content|out-file|copy-item|move-item|new-item)$/.test(program)
          ? 'file-write'
          : program === 'remove-item'
            ? 'file-delete'
            : 'process'
    const paths = [
      ...new Set(
        line
          .split(/\s+/)
          .map((w) => pathClass(w.replaceAll(/['"]/g, '')))
          .filter((c) => c !== 'other'),
      ),
    ]
    const isCmdlet =
      effect === 'process' && /^[a-z]+-[a-z]+$/.test(program) && !/^(?:start|invoke)-/.test(program)
    if (!isCmdlet && program)
      this.behaviour.commands.push({ program, effect, constants, paths, start, end, fn: undefined })
    if (program === 'invoke-expression') this.#evaluated(line, node)
    if (POWERSHELL.test(program)) this.#nested(line, node)
    this.#settings(program, line, node)
  }

  /** `powershell -enc …` and `powershell -c "…"`. */
  #nested(line: string, node: SyntaxNode): void {
    const encoded = /(?:^|\s)[-/]e(?:nc?|c|ncodedcommand|nco\w*)?\s+['"]?([A-Za-z0-9+/=]{8,})/i.exec(
      line,
    )?.[1]
    if (encoded) {
      this.#trait('decode-run', node)
      this.#embed(encoded, true, node)
    }
    const given = /(?:^|\s)[-/]c(?:ommand)?\s+(['"])(.+)\1/is.exec(line)?.[2]
    if (given)
      this.behaviour.embedded.push({ language: 'powershell', code: given, decoded: false, start: node.start })
  }

  #settings(program: string, line: string, node: SyntaxNode): void {
    if (/^(?:set|add)-mppreference$/.test(program) && /-(?:Disable|Exclusion)/i.test(line))
      this.#trait('security-off', node)
    if (/^(?:register-scheduledtask|schtasks(?:\.exe)?)$/.test(program))
      this.#trait('persistence-schedule', node)
    const writesKey = /^(?:set-itemproperty|new-itemproperty|reg(?:\.exe)?)$/.test(program)
    if (writesKey && /CurrentVersion\\Run/i.test(line)) this.#trait('persistence-schedule', node)
    if (/^(?:xmrig|minerd)(?:\.exe)?$/.test(program) || /stratum\+(?:tcp|ssl):/i.test(line))
      this.#trait('miner', node)
  }
}
