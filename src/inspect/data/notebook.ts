import { memorySource } from '../../bytes/memory.ts'
import { readJson } from '../../codec/json.ts'
import { listOf, objectOf, textOf, textsOf } from '../../codec/json-values.ts'
import { anonymousName } from '../../model/artifact.ts'
import type { FactCatalogue, Json, JsonObject } from '../../model/fact.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'

const FACTS: FactCatalogue = {
  'notebook.magic': {
    about:
      'A line or cell that leaves Python: `shell` (a command), `download-and-run`, `install`, `write` (a file), `load` (code ' +
      'from elsewhere), `page` (HTML or JavaScript).',
    fields: { what: 'string', magic: 'string' },
  },
  'notebook.output': {
    about:
      'A stored output that acts when the notebook is opened: `script`, `handler`, `frame`, `javascript` or `escape`.',
    fields: { what: 'string', mime: 'string' },
  },
  'notebook.cell': {
    about:
      'Code that a reader of the notebook does not see: `hidden` source, or pushed away by `blank` lines.',
    fields: { what: 'string' },
  },
}

/** Jupyter notebooks: code cells are handed on as Python; magics and stored outputs are stated. */
export const notebook: Inspector = {
  id: 'notebook',
  detect: { probe, suffix: ['.ipynb'] },
  facts: FACTS,
  inspect,
}

function probe(head: Uint8Array): 'weak' | 'no' {
  return /^(?:\ufeff)?\s*\{/.test(Buffer.from(head.subarray(0, 256)).toString()) ? 'weak' : 'no'
}

async function* inspect({ bytes }: Opened, { meter }: InspectContext): AsyncGenerator<Emission> {
  meter.check('jsonBytes', bytes.size)
  meter.hold(bytes.size)
  try {
    const { value } = readJson(await bytes.read(0, bytes.size), meter.limits, true)
    yield { type: 'span', offset: 0, length: bytes.size, as: 'inspected' }
    const { cells, worksheets } = objectOf(value)
    // Format 3 keeps its cells in worksheets.
    const all = [...listOf(cells), ...listOf(worksheets).flatMap((sheet) => listOf(objectOf(sheet).cells))]
    for (const [index, item] of all.entries()) yield* cell(objectOf(item), index)
  } finally {
    meter.release(bytes.size)
  }
}

function* cell(content: JsonObject, index: number): Generator<Emission> {
  const pointer = `/cells/${index}`
  const source = textsOf(content.source ?? content.input).join('')
  if (content.cell_type === 'code') {
    const python = yield* magics(source, pointer)
    if (python.trim() !== '') {
      const bytes = memorySource(new TextEncoder().encode(python))
      yield { type: 'child', name: anonymousName(`cell-${index}`), bytes, format: 'python' }
    }
    const { jupyter, hide_input } = objectOf(content.metadata)
    const hidden = objectOf(jupyter).source_hidden === true || hide_input === true
    if (hidden && source.trim() !== '') yield fact('notebook.cell', { what: 'hidden' }, { pointer })
    if (/(?:\n[ \t]*){100}\S/.test(source)) yield fact('notebook.cell', { what: 'blank' }, { pointer })
  } else if (content.cell_type === 'markdown') yield* page('text/markdown', source, `${pointer}/source`)
  for (const output of listOf(content.outputs)) yield* outputs(objectOf(output), `${pointer}/outputs`)
}

const CELL_MAGIC =
  /^%%(bash|sh|script|writefile|file|javascript|js|html|perl|ruby|cmd|powershell|svg|latex|python2?|pypy)\b/
const LINE_MAGIC =
  /^\s*(?:[\w, ]+=\s*)?(?:!(?!=)(.*)|%(pip|conda|mamba|run|load|loadpy|load_ext|system|sx|sc|writefile)\b(.*))$/
const DOWNLOAD_AND_RUN =
  /\b(?:curl|wget|iwr)\b[^|;&\n]{0,2000}[|;&]+\s{0,20}(?:sudo\s+)?(?:ba|z|da)?sh\b|\bsh\s+-c\b.{0,2000}\b(?:curl|wget)\b|\bbase64\s+(?:-d|--decode)\b/
const INSTALL = /^\s*(?:(?:python3?|uv)\s+(?:-m\s+)?)?(?:pip3?|conda|mamba|apt|apt-get|npm|brew)\b/

/** States magics; returns the source without them, line numbers kept. */
function* magics(source: string, pointer: string): Generator<Emission, string> {
  const whole = CELL_MAGIC.exec(source)
  if (whole) {
    yield magic(whole[1] ?? '', source, pointer)
    return /^python/.test(whole[1] ?? '') ? source.replace(/^.*/, '') : ''
  }
  const lines = source.split('\n')
  for (const [index, line] of lines.entries()) {
    const match = LINE_MAGIC.exec(line)
    if (match) yield magic(match[2] ?? '!', match[1] ?? match[3] ?? '', pointer)
    if (match || /^\s*%/.test(line)) lines[index] = `${/^\s*/.exec(line)?.[0] ?? ''}pass`
  }
  return lines.join('\n')
}

function magic(name: string, text: string, pointer: string): Emission {
  const data = { what: kindOf(name, text), magic: name === '!' ? '!' : `%${name}` }
  return fact('notebook.magic', data, { pointer }, text.trim().slice(0, 200))
}

function kindOf(name: string, text: string): string {
  if (DOWNLOAD_AND_RUN.test(text)) return 'download-and-run'
  if (/^(?:pip|conda|mamba)$/.test(name) || (name === '!' && INSTALL.test(text))) return 'install'
  if (/^(?:writefile|file)$/.test(name)) return 'write'
  if (/^(?:run|load|loadpy|load_ext)$/.test(name)) return 'load'
  return /^(?:javascript|js|html|svg|latex)$/.test(name) ? 'page' : 'shell'
}

/** What terminals obey beyond colours: titles, links, the clipboard, device strings. */
const TERMINAL = [']0;', ']2;', ']8;', ']52;', 'P', '_', '^'].map((rest) => `\u001b${rest}`)

function* outputs(output: JsonObject, pointer: string): Generator<Emission> {
  for (const [mime, value] of Object.entries(objectOf(output.data))) {
    yield* page(mime, textsOf(value as Json).join(''), pointer)
  }
  const text = [...textsOf(output.text), ...textsOf(output.traceback)].join('')
  if (TERMINAL.some((sequence) => text.includes(sequence))) {
    yield fact('notebook.output', { what: 'escape', mime: textOf(output.name) }, { pointer })
  }
}

function* page(mime: string, text: string, pointer: string): Generator<Emission> {
  if (/javascript/.test(mime)) {
    yield fact('notebook.output', { what: 'javascript', mime }, { pointer }, text.slice(0, 200))
    return
  }
  if (!/html|svg|markdown/.test(mime)) return
  const signs = [
    ['script', /<script\b/i],
    ['handler', /<[^>]{0,2000}\son\w{3,20}\s*=|\bjavascript:/i],
    ['frame', /<(?:iframe|object|embed)\b/i],
  ] as const
  for (const [what, sign] of signs)
    if (sign.test(text)) yield fact('notebook.output', { what, mime }, { pointer })
}
