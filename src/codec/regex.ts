import { createRequire } from 'node:module'
import type { RE2JS } from 're2js'

// Loaded on first use: most runs never test a regular expression, and start-up time is a budget.
const require = createRequire(import.meta.url)
let library: typeof import('re2js') | undefined

/** A pattern that matches anywhere in a text, in time linear in the text whatever the pattern and the text. */
export interface LinearRegex {
  test(text: string): boolean
}

/** Throws an error whose message says what is wrong with the pattern. */
export function linearRegex(pattern: string): LinearRegex {
  library ??= require('re2js') as typeof import('re2js')
  const compiled: RE2JS = library.RE2JS.compile(pattern, library.RE2JS.DOTALL)
  return { test: (text) => compiled.matcher(text).find() }
}
