import { DECODERS } from './decoders.ts'
import { child, type SyntaxNode } from './language.ts'

/** A word of a command as the shell would see it; parts that are not constant are left out of the text. */
export interface Word {
  readonly text: string
  readonly known: boolean
  /** What it is the output of: `$(…)`, `` `…` ``, `<(…)`. */
  readonly inner: readonly Pipe[]
  /** It was decoded from something. */
  readonly decoded?: boolean
}

export interface Redirect {
  readonly operator: string
  readonly targets: readonly Word[]
}

export interface Command {
  readonly program: string
  readonly words: readonly Word[]
  readonly redirects: readonly Redirect[]
  readonly start: number
  readonly end: number
  /** The function it is in. */
  readonly fn: string | undefined
}

/** Commands whose output goes into the next stage; a stage that is a block has several. */
export interface Pipe {
  readonly stages: readonly (readonly Command[])[]
  readonly start: number
  readonly end: number
}

/** Every pipeline of a script, those inside of words included, in order. */
export function shellPipes(root: SyntaxNode, text: string): Pipe[] {
  const reader = new ShellReader(text)
  reader.statements(root, [])
  return reader.pipes.toSorted((a, b) => a.start - b.start)
}

class ShellReader {
  readonly pipes: Pipe[] = []
  readonly #text: string
  readonly #variables = new Map<string, Word>()
  #fn: string | undefined

  constructor(text: string) {
    this.#text = text
  }

  #slice(node: SyntaxNode | undefined): string {
    return node ? this.#text.slice(node.start, node.end) : ''
  }

  /** Reads everything below a node; gives the commands, so that a block can be a stage of a pipeline. */
  statements(node: SyntaxNode, redirects: readonly Redirect[]): Command[] {
    switch (node.type) {
      case 'command':
        return this.#alone(this.#command(node, redirects), node)
      case 'pipeline':
        return this.#pipeline(node, redirects)
      case 'redirected_statement':
        return this.#redirected(node, redirects)
      case 'variable_assignment':
        this.#assign(node)
        return []
      case 'function_definition': {
        const before = this.#fn
        this.#fn = this.#slice(child(node, 'name'))
        const inside = node.children.flatMap((c) => this.statements(c, []))
        this.#fn = before
        return inside
      }
      case 'list': {
        // In `a && b > file` the redirect belongs to `b`.
        const last = node.children.at(-1)
        return node.children.flatMap((c) => this.statements(c, c === last ? redirects : []))
      }
      default:
        return node.children.flatMap((c) => this.statements(c, node.type === 'program' ? [] : redirects))
    }
  }

  #alone(command: Command | undefined, { start, end }: SyntaxNode): Command[] {
    if (!command) return []
    this.pipes.push({ stages: [[command]], start, end })
    return [command]
  }

  #pipeline(node: SyntaxNode, redirects: readonly Redirect[]): Command[] {
    const parts = node.children.filter((c) => c.type !== '|' && c.type !== '|&')
    const stages = parts.map((part, i) => {
      const own = i === parts.length - 1 ? redirects : []
      if (part.type !== 'command') return this.statements(part, own)
      const command = this.#command(part, own)
      return command ? [command] : []
    })
    this.pipes.push({ stages, start: node.start, end: node.end })
    return stages.flat()
  }

  #redirected(node: SyntaxNode, outer: readonly Redirect[]): Command[] {
    const redirects = node.children.filter((c) => c.field === 'redirect').map((c) => this.#redirect(c))
    const [body] = node.children
    const found = body && body.field !== 'redirect' ? this.statements(body, [...redirects, ...outer]) : []
    // `cat <<EOF | sh`: the grammar hangs the pipeline on the redirect.
    for (const hanging of node.children.flatMap((c) => c.children).filter((c) => c.type === 'pipeline')) {
      const stages = [
        found,
        ...hanging.children.filter((c) => c.type !== '|').map((c) => this.statements(c, [])),
      ]
      this.pipes.push({ stages, start: node.start, end: node.end })
    }
    return found
  }

  #redirect(node: SyntaxNode): Redirect {
    const operator = node.children.find((c) => /[<>]/.test(c.type))?.type ?? ''
    const targets = node.children
      .filter(
        (c) => c.field === 'destination' || c.type === 'heredoc_body' || node.type === 'herestring_redirect',
      )
      .filter((c) => c.type !== '<<<')
      .map((c) => this.#word(c))
    return { operator: /<[^<]*>\s*\S*$/.test(this.#slice(node).slice(0, 8)) ? '<>' : operator, targets }
  }

  #command(node: SyntaxNode, redirects: readonly Redirect[]): Command | undefined {
    for (const c of node.children) if (c.type === 'variable_assignment') this.#assign(c)
    const name = child(node, 'name')
    if (!name) return undefined
    const named = this.#word(name.children[0] ?? name)
    const words = [named, ...node.children.filter((c) => c.field === 'argument').map((c) => this.#word(c))]
    const own = node.children.filter((c) => c.type.endsWith('_redirect')).map((c) => this.#redirect(c))
    const plain = wrapped(words)
    const program = (plain[0]?.text ?? '').split('/').at(-1) ?? ''
    const { start, end } = node
    return { program, words: plain, redirects: [...own, ...redirects], start, end, fn: this.#fn }
  }

  #assign(node: SyntaxNode): void {
    const value = child(node, 'value')
    const word = value ? this.#word(value) : { text: '', known: true, inner: [] }
    this.#variables.set(this.#slice(child(node, 'name')), word)
  }

  #word(node: SyntaxNode): Word {
    const source = this.#slice(node)
    switch (node.type) {
      case 'word':
        return known(source.replace(/\\(.)/gs, '$1').replace(/^\$HOME\b/, '~'))
      case 'number':
      case 'string_content':
        return known(source)
      case 'raw_string':
        return known(source.slice(1, -1))
      case 'ansi_c_string':
        return known(ansiText(source.slice(2, -1)))
      case 'string':
      case 'concatenation':
      case 'heredoc_body':
      case 'command_name':
        return node.children.length === 0 ? known(source) : this.#joined(node)
      case 'simple_expansion':
      case 'expansion':
        return this.#variable(node)
      case 'command_substitution':
      case 'process_substitution':
        return this.#substitution(node)
      default:
        return node.children.length === 0 ? known(source) : this.#joined(node)
    }
  }

  #joined(node: SyntaxNode): Word {
    const parts = node.children.filter((c) => c.type !== '"').map((c) => this.#word(c))
    // White space between the parts of a string belongs to it, though to no node.
    let text = ''
    let at = node.type === 'string' ? node.start + 1 : node.start
    const kept = node.children.filter((c) => c.type !== '"')
    kept.forEach((c, i) => {
      text += this.#text.slice(at, c.start) + (parts[i]?.text ?? '')
      at = c.end
    })
    const end = node.type === 'string' ? node.end - 1 : node.end
    if (end > at) text += this.#text.slice(at, end)
    return {
      text,
      known: parts.every((p) => p.known),
      inner: parts.flatMap((p) => p.inner),
      ...(parts.some((p) => p.decoded) ? { decoded: true } : {}),
    }
  }

  #variable(node: SyntaxNode): Word {
    const name = this.#slice(node.children.find((c) => c.type === 'variable_name'))
    const held = this.#variables.get(name)
    if (held && /^\$\{?\w+\}?$/.test(this.#slice(node))) return held
    if (name === 'HOME') return known('~')
    if (name === 'IFS') return known(' ')
    return { text: '', known: false, inner: [] }
  }

  #substitution(node: SyntaxNode): Word {
    const from = this.pipes.length
    for (const c of node.children) this.statements(c, [])
    const inner = this.pipes.slice(from)
    const output = inner.length === 1 && inner[0] ? outputOf(inner[0]) : undefined
    if (output === undefined) return { text: '', known: false, inner }
    return { text: output.text, known: true, inner, decoded: output.decoded }
  }
}

function known(text: string): Word {
  return { text, known: true, inner: [] }
}

/** Programs that run another one given as their arguments. */
const WRAPPERS = new Set([
  'sudo',
  'env',
  'nohup',
  'exec',
  'command',
  'time',
  'nice',
  'setsid',
  'doas',
  'builtin',
  'busybox',
  'stdbuf',
  'timeout',
  'xargs',
])

/** The command behind `sudo -E env X=1`. */
function wrapped(words: readonly Word[]): readonly Word[] {
  let rest = words
  for (let turn = 0; turn < 8; turn++) {
    const name = rest[0]?.text.split('/').at(-1) ?? ''
    if (!WRAPPERS.has(name)) return rest
    const isArgument = (w: Word) => !/^(?:-.*|\w+=.*|[\d.]+[smhd]?)$/s.test(w.text) || !w.known
    const next = rest.slice(1).findIndex(isArgument)
    if (next === -1) return rest
    rest = rest.slice(next + 1)
  }
  return rest
}

/** What a pipeline of constants prints: `echo aGk= | base64 -d`. */
export function outputOf(pipe: Pipe): { text: string; decoded: boolean } | undefined {
  let text: string | undefined
  let decoded = false
  for (const [i, stage] of pipe.stages.entries()) {
    const [command] = stage
    if (!command || stage.length !== 1 || !command.words.every((w) => w.known)) return undefined
    const args = command.words.slice(1).map((w) => w.text)
    if (i === 0) text = printed(command, args)
    else if (isDecoder(command)) {
      decoded = true
      text = text === undefined ? undefined : undo(command, text)
    } else return undefined
    if (text === undefined) return undefined
  }
  return text === undefined ? undefined : { text: text.replace(/\n+$/, ''), decoded }
}

function printed({ program, redirects }: Command, args: readonly string[]): string | undefined {
  const here = redirects.find((r) => r.operator === '<<<' || r.operator === '<<')?.targets[0]
  if (here?.known) return here.text
  if (program === 'echo') {
    const plain = args.filter((a) => !/^-[neE]+$/.test(a)).join(' ')
    return args.some((a) => /^-n?e/.test(a)) ? ansiText(plain) : plain
  }
  return program === 'printf' ? ansiText(args.join('').replace(/^%s(?:\\n)?/, '')) : undefined
}

export function isDecoder({ program, words }: Command): boolean {
  const args = words.slice(1).map((w) => w.text)
  if (/^(?:base64|base32|gbase64)$/.test(program)) return args.some((a) => /^(?:-d|-D|-di|--decode)$/.test(a))
  if (program === 'xxd')
    return args.some((a) => /^-(?:r|rp|r?ps?|p)$/.test(a)) && args.some((a) => a.includes('r'))
  if (program === 'openssl') return args.includes('-d')
  return program === 'rev' || program === 'uudecode'
}

function undo({ program }: Command, text: string): string | undefined {
  if (program === 'rev') return [...text].toReversed().join('')
  if (program === 'xxd') return DECODERS.hex.decode(text)
  if (program === 'base32') return DECODERS.base32.decode(text)
  return /base64/.test(program) ? DECODERS.base64.decode(text) : undefined
}

function ansiText(text: string): string {
  return text.replace(
    /\\(?:x([0-9a-fA-F]{1,2})|0?([0-7]{1,3})|u([0-9a-fA-F]{4})|([nrt\\'"]))/g,
    (_all, hex, octal, wide, other) => {
      const code = hex ?? wide
      if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16))
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8))
      return { n: '\n', r: '\r', t: '\t' }[String(other)] ?? String(other)
    },
  )
}
