import { createRequire } from 'node:module'

/** What a licence is called: an identifier of the SPDX list, an expression of them, or only a name. */
export interface Licence {
  readonly form: 'id' | 'expression' | 'name'
  readonly text: string
}

const LONGEST = 500

/** Reads a licence as people write it: identifiers in any case, as the hubs do, and expressions. */
export function licenceOf(text: string): Licence {
  const { ids, parse } = lists()
  const id = ids.get(text.toLowerCase())
  if (id !== undefined) return { form: 'id', text: id }
  if (text.length <= LONGEST && /\s(?:AND|OR|WITH)\s/.test(text)) {
    try {
      parse(text)
      return { form: 'expression', text }
    } catch {
      // No expression: then it is a name.
    }
  }
  return { form: 'name', text }
}

interface Lists {
  readonly ids: ReadonlyMap<string, string>
  readonly parse: (expression: string) => unknown
}

let held: Lists | undefined

/** CommonJS packages without types; read when the first licence is met. */
function lists(): Lists {
  if (held) return held
  const require = createRequire(import.meta.url)
  const current: readonly string[] = require('spdx-license-ids')
  const deprecated: readonly string[] = require('spdx-license-ids/deprecated.json')
  held = {
    ids: new Map([...deprecated, ...current].map((id) => [id.toLowerCase(), id])),
    parse: require('spdx-expression-parse'),
  }
  return held
}
