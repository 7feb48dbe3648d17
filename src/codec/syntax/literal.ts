const SIMPLE: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  f: '\f',
  v: '\v',
  a: '\u0007',
  '\n': '',
  '\r\n': '',
}

const PYTHON =
  /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|N\{[^}]*\}|([0-7]{1,3})|(\r\n|[\s\S]))/g

/** The text of a Python literal's inside; octal, hexadecimal and Unicode escapes undone. */
export function pythonText(inside: string): string {
  if (!inside.includes('\\')) return inside
  return inside.replace(PYTHON, (all, hex, wide, long, octal, other) => {
    const code = hex ?? wide ?? long
    if (code !== undefined) return character(Number.parseInt(code, 16))
    if (octal !== undefined) return character(Number.parseInt(octal, 8))
    return other === undefined ? all : (SIMPLE[other] ?? (isPlain(other) ? other : all))
  })
}

// Python keeps the backslash of an escape it does not know.
function isPlain(char: string): boolean {
  return char === '\\' || char === "'" || char === '"'
}

const JAVASCRIPT = /\\(?:x([0-9a-fA-F]{2})|u\{([0-9a-fA-F]+)\}|u([0-9a-fA-F]{4})|([0-7]{1,3})|(\r\n|[\s\S]))/g

/** The text of a JavaScript literal's inside. */
export function javascriptText(inside: string): string {
  if (!inside.includes('\\')) return inside
  return inside.replace(JAVASCRIPT, (_all, hex, long, wide, octal, other) => {
    const code = hex ?? long ?? wide
    if (code !== undefined) return character(Number.parseInt(code, 16))
    if (octal !== undefined) return character(Number.parseInt(octal, 8))
    return other === 'a' ? 'a' : (SIMPLE[other] ?? other)
  })
}

function character(code: number): string {
  return code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd'
}

/** A number literal of either language; undefined where it is none that fits. */
export function numberOf(literal: string): number | undefined {
  const plain = literal.replaceAll('_', '').replace(/[nNlLjJ]$/, '')
  const value = Number(/^0[0-7]+$/.test(plain) ? `0o${plain.slice(1)}` : plain)
  return Number.isNaN(value) ? undefined : value
}
