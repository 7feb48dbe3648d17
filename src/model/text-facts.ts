import type { FactCatalogue } from './fact.ts'

/**
 * What a text is to whoever reads it. The first five are obeyed or trusted by a model; the others are read about.
 * `instruction`: skill, rules file, command, hook prompt; `schema`: any string of an input or output schema but the
 * tool's own description; `code-comment`: comments and docstrings; `code-string`: literals of a program.
 */
export type TextRole =
  | 'instruction'
  | 'tool-description'
  | 'schema'
  | 'prompt'
  | 'resource'
  | 'documentation'
  | 'example'
  | 'deny-list'
  | 'test'
  | 'data'
  | 'code-comment'
  | 'code-string'

/**
 * How a passage means what it says. `asserted`: it tells the reader to; `negated`: it tells the reader not to; `quoted`: it
 * shows words of somebody else; `reported`: it describes what somebody might do.
 */
export type Polarity = 'asserted' | 'negated' | 'quoted' | 'reported'

/** Where in an artifact a text stands: `owner` is the tool, prompt or resource it belongs to, `field` a path in it. */
const PLACE = { role: 'string', owner: 'string', field: 'string' } as const

/** What prose of every kind states, wherever it was found. */
export const TEXT_FACTS: FactCatalogue = {
  'text.signal': {
    about:
      'One sign of an instruction slipped to a model. `signal`: override, fake-turn, persona, secrecy, secret-demand, exfiltration, ' +
      'side-channel, precondition, shadowing, coercion, persistence, remote-instructions, unsafe-run, evasion. `hidden`: how it is ' +
      'kept from human eyes (the techniques of text.hidden and text.encoded), or empty.',
    fields: { signal: 'string', polarity: 'string', hidden: 'string', ...PLACE },
  },
  'text.injection': {
    about:
      'Signals that stand together in one passage. `strength`: how many are independent of each other, counting being hidden; only ' +
      'asserted ones count. `polarity` is asserted where at least one is.',
    fields: { signals: 'strings', strength: 'number', polarity: 'string', hidden: 'string', ...PLACE },
  },
  'text.hidden': {
    about:
      'Characters or markup that hide text from human eyes. `technique`: tags, bidi, zero-width, variation-selectors, filler, ' +
      'private-use, ansi, overwrite, comment, link-reference, style, padding-lines or padding-columns. `content`: what is hidden: ' +
      'instruction, text, bytes or nothing.',
    fields: { technique: 'string', content: 'string', size: 'number', ...PLACE },
  },
  'text.encoded': {
    about:
      'A blob that decodes to something readable. `via`: base64, hex, rot13, percent, escapes. `content`: instruction, command, ' +
      'program or text.',
    fields: { via: 'string', content: 'string', ...PLACE },
  },
  'text.lookalike': {
    about: 'A word whose letters come from several scripts, so that it reads as another word (UTS #39).',
    fields: { word: 'string', reads: 'string', scripts: 'strings', ...PLACE },
  },
  'text.destination': {
    about:
      'A place on the network that a text names, where anybody collects, tunnels or serves without a name. `class`: collector, ' +
      'tunnel, chat-hook, or blind-copy (a literal address). `polarity` as of signals. `sends`: the passage sends something there.',
    fields: { host: 'string', class: 'string', polarity: 'string', sends: 'boolean', ...PLACE },
  },
  'text.command': {
    about:
      'A command line in prose. `trait`: download-run, decode-run, reverse-shell, miner, secret-upload, ' +
      'dns-exfiltration, fetch-execute, locked-archive or staged-elsewhere.',
    fields: { trait: 'string', polarity: 'string', hidden: 'string', ...PLACE },
  },
}
