import { nameIssues } from './names.ts'

// Odd names that some system cannot hold are the scan's business; these would leave the folder or hide where they go.
const REFUSED = new Set([
  'empty',
  'traversal',
  'dot-dot',
  'absolute',
  'drive',
  'unc',
  'backslash',
  'nul',
  'control',
  'bidi',
  'invisible',
  'not-utf8',
  'too-long',
])

/**
 * Why a relative path from somebody else's listing or lock may not be written; undefined where it may. Such a path has
 * plain segments only, so joining it to a folder stays inside on every system.
 */
export function pathTrouble(file: string): string | undefined {
  const issue = nameIssues(file).find((name) => REFUSED.has(name))
  if (issue) return issue
  if (!file.isWellFormed()) return 'not-utf8'
  return file.split('/').some((part) => part === '' || part === '.') ? 'empty segment' : undefined
}
