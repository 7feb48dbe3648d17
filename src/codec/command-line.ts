/** The words of a simple command line, quotes taken off; undefined where a shell would do more than split it. */
export function wordsOf(line: string): string[] | undefined {
  const words: string[] = []
  let word: string | undefined
  for (const [part] of line.matchAll(/\s+|'[^']*'|"(?:[^"\\]|\\.)*"|\\.|[^\s'"\\]+|./gs)) {
    if (/^\s/.test(part)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else word = (word ?? '') + plain(part)
  }
  if (word !== undefined) words.push(word)
  return /[|;&<>`\n]|\$\(/.test(line.replace(/'[^']*'/g, '')) ? undefined : words
}

/**
 * The simple commands of a line, each as words: what stands between pipes, `;`, `&&` and newlines, redirections left out. Good
 * for seeing what is started; what the line does is the business of `syntax/shell`.
 */
export function simpleCommands(line: string): string[][] {
  const parts: string[] = ['']
  for (const [token] of line.matchAll(
    /'[^']*'|"(?:[^"\\]|\\.)*"|\\.|\d*(?:>>?&?|<<?<?)\s*(?:\d|[\w./~$-]+)?|[|;&\n()`]+|[^'"\\|;&\n()`<>\d]+|./gs,
  )) {
    if (/^[|;&\n()`]/.test(token)) parts.push('')
    else if (!/^\d*[<>]/.test(token)) parts[parts.length - 1] += token
  }
  return parts.flatMap((part) => {
    const words = wordsOf(part) ?? []
    return words.length > 0 ? [words] : []
  })
}

function plain(part: string): string {
  if (part.length > 1 && part.startsWith("'")) return part.slice(1, -1)
  if (part.length > 1 && part.startsWith('"')) return part.slice(1, -1).replace(/\\(.)/gs, '$1')
  return part.startsWith('\\') ? part.slice(1) : part
}

/** The program of an argument vector: its base name in lower case without the suffixes of Windows. */
export function programOf(command: string): string {
  return (command.split(/[/\\]/).at(-1) ?? '').toLowerCase().replace(/\.(?:exe|cmd|bat|ps1)$/, '')
}

/** An argument vector as the shell would spell it; unknown arguments are variables, a single one with spaces is a line. */
export function commandLine(argv: readonly (string | undefined)[]): string {
  const [only] = argv
  if (argv.length === 1 && (only === undefined || only.includes(' '))) return only ?? ''
  return argv
    .map((word) => (word === undefined ? '"$unknown"' : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(' ')
}
