import { pathForm } from '../../codec/path-form.ts'
import { NOWHERE } from '../../codec/plugin/address.ts'
import { FormatError } from '../../model/trouble.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'
import { FACTS } from './agent-config.ts'
import { readText, signProbe } from './document.ts'
import { said, wording } from './wording.ts'

/** Ollama's `Modelfile`: what a model is made from, and what it is told before anybody speaks. */
export const modelfile: Inspector = {
  id: 'modelfile',
  detect: {
    probe: signProbe([
      /^FROM[ \t]+\S/im,
      /^(?:SYSTEM|TEMPLATE|PARAMETER[ \t]+(?:num_ctx|temperature|stop|top_[pk]))\b/im,
    ]),
    name: ['modelfile'],
    suffix: ['/modelfile', '.modelfile'],
  },
  facts: FACTS,
  inspect,
}

/** Marks that tell a model who speaks: in a template they are what it is for. */
const CONTROL =
  /<\|[^|>\n]{1,40}\|>|<\uff5c[^\uff5c>\n]{1,40}\uff5c>|\[\/?INST\]|<<\/?SYS>>|<\/?s>|<(?:start|end)_of_turn>/g

interface Instruction {
  readonly keyword: string
  readonly value: string
  readonly line: number
}

async function* inspect(opened: Opened, context: InspectContext): AsyncGenerator<Emission> {
  const read = await readText(opened, context)
  if (!read) throw new FormatError('corrupt', 'a Modelfile that is no text')
  const { text, length, cut } = read
  const found = [...instructionsOf(text)]
  if (!found.some(({ keyword }) => keyword === 'FROM')) return
  yield { type: 'span', offset: 0, length, as: 'inspected' }
  if (cut) yield { type: 'damage', kind: 'limit', message: `a Modelfile of ${length} bytes is read in part` }
  yield fact('plugin.manifest', {
    kind: 'modelfile',
    name: '',
    version: '',
    client: 'ollama',
    scope: 'project',
  })
  for (const { keyword, value, line } of found) {
    const at = { line, column: 1 }
    if (keyword === 'FROM' || keyword === 'ADAPTER') yield* model(keyword, value, line)
    else if (keyword === 'SYSTEM' || keyword === 'MESSAGE' || keyword === 'TEMPLATE') {
      if (keyword === 'SYSTEM')
        yield fact('plugin.prompt', { from: 'modelfile', server: '', name: 'SYSTEM', arguments: [] }, at)
      const role = keyword === 'SYSTEM' ? 'instruction' : 'prompt'
      for (const emission of said(
        wording(keyword === 'TEMPLATE' ? value.replace(CONTROL, ' ') : value, {
          role,
          owner: 'modelfile',
          field: keyword.toLowerCase(),
          pointer: '',
        }),
      )) {
        yield emission.type === 'fact' ? { ...emission, at } : emission
      }
    }
  }
}

/** A file beside it, or a name of the registry, whose tags move. */
function* model(keyword: string, value: string, line: number): Generator<Emission> {
  const at = { line, column: 1 }
  const role = keyword === 'FROM' ? 'modelfile-from' : 'modelfile-adapter'
  const isFile = /^(?:\.{0,2}[/\\]|~|[A-Za-z]:[/\\])|\.(?:gguf|bin|safetensors)$/i.test(value)
  if (isFile) {
    yield fact(
      'edge.plugin',
      { target: value.slice(0, 1000), role: 'model', form: pathForm(value), base: '' },
      at,
    )
    return
  }
  const [, name = value, version = ''] =
    /^(.*?)(?::([\w.-]+))?$/.exec(value.replace(/^https?:\/\//, '')) ?? []
  const digest = /sha256[:-][\da-f]{64}/.exec(value)?.[0] ?? ''
  const data = {
    from: 'modelfile',
    server: role,
    role: 'model',
    form: 'ollama',
    name: name.slice(0, 200),
    version,
    runner: '',
    registry: '',
  }
  yield fact(
    'plugin.source',
    {
      ...data,
      pinned: digest !== '',
      moving: version === '' || version === 'latest',
      integrity: digest,
      ...NOWHERE,
    },
    at,
  )
}

const KEYWORD = /^[ \t]*(FROM|ADAPTER|TEMPLATE|SYSTEM|MESSAGE|PARAMETER|LICENSE|REQUIRES)[ \t]+/i

/** Instructions in order; values may go on over lines between quotes. */
function* instructionsOf(text: string): Generator<Instruction> {
  const lines = text.split('\n')
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? ''
    const match = KEYWORD.exec(line)
    if (!match) continue
    const keyword = (match[1] ?? '').toUpperCase()
    let value = line.slice(match[0].length).replace(/\r$/, '')
    const start = index
    const quote = /^(?:\w+[ \t]+)?("""|")/.exec(value)?.[1]
    const opened = quote === undefined ? -1 : value.indexOf(quote)
    if (quote !== undefined && value.indexOf(quote, opened + quote.length) < 0) {
      const rest: string[] = []
      while (++index < lines.length) {
        rest.push(lines[index] ?? '')
        if (lines[index]?.includes(quote)) break
      }
      value = [value, ...rest].join('\n')
    }
    yield {
      keyword,
      value: value.replace(/^((?:user|assistant|system)[ \t]+)?"{1,3}|"{1,3}\s*$/g, '$1').trim(),
      line: start + 1,
    }
  }
}
