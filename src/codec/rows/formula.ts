/** What a field of a table makes a spreadsheet do, if anything. */
export interface FormulaEffect {
  readonly [key: string]: string
  readonly does: 'run' | 'fetch' | 'compute'
  readonly function: string
}

/** A program asked for data (`=cmd|'/C …'!A0`), anywhere in a formula; the beginning of a long request is enough. */
const RUN =
  /["']?([\w.\\/:-]{1,100})["']?\s*\|\s*(?:'[^'\n]{0,250}'\s*!\s*[A-Z_$]|'[^'\n]{150,}$|[^\s!|,']{1,100}!\s*[A-Z_$])/i
const ASK = /^=\s*(DDE)\s*\(/i
/** Functions of Excel, LibreOffice and Google Sheets that ask an address. */
const FETCH = /\b(HYPERLINK|WEBSERVICE|IMPORT(?:XML|DATA|HTML|FEED|RANGE)|IMAGE|RTD|STOCKHISTORY)\s*\(/i
const COMPUTE = /^[\t\r ]*[=+@-]+\s*([A-Z][A-Z\d.]{1,20})\s*\(/
const REFERENCE = /^[\t\r ]*=\s*[-+]?\$?[A-Z]{1,3}\$?\d{1,7}\b/

/**
 * @param text the beginning of a field, which starts with `=`, `+`, `-`, `@`, a tab or a carriage return. A number, a dash before a word, an
 *   account's name or a line of equals signs calculates nothing.
 */
export function formula(text: string): FormulaEffect | undefined {
  const sign = /^[\t\r ]*([=+\-@])/.exec(text)?.[1]
  if (sign === undefined) return undefined
  const run = RUN.exec(text) ?? ASK.exec(text)
  if (run) return { does: 'run', function: (run[1] ?? '').toLowerCase().slice(-40) }
  const name = COMPUTE.exec(text)?.[1]
  // Of a call inside a call, only a formula's: prose that begins with a dash may name functions too.
  const fetched = sign === '=' || name !== undefined ? FETCH.exec(text)?.[1] : undefined
  if (fetched !== undefined) return { does: 'fetch', function: fetched.toUpperCase() }
  if (name !== undefined && (sign === '=' || sign === '@')) return { does: 'compute', function: name }
  return REFERENCE.test(text) ? { does: 'compute', function: '' } : undefined
}
