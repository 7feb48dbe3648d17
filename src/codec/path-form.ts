/** How a path leaves the folder of the file that names it, by the rules of every operating system at once. */
export type PathForm = 'plain' | 'subfolder' | 'traversal' | 'absolute' | 'url'

export function pathForm(target: string): PathForm {
  if (/^[a-z][a-z\d+.-]+:\/\//i.test(target)) return 'url'
  if (/^(?:[/\\~]|[a-z]:)/i.test(target)) return 'absolute'
  const steps = target.split(/[/\\]/)
  if (steps.includes('..') || target.includes('\0')) return 'traversal'
  return steps.length > 1 ? 'subfolder' : 'plain'
}
