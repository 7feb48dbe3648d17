import { artifactId } from '../model/artifact.ts'
import type { Limits } from '../model/limits.ts'
import type { Inspected, RootTask } from './node.ts'
import { ArtifactState } from './state.ts'

/** The result of a file that could not be opened, or whose worker died of it: known, and not inspected. */
export function failed(task: RootTask, limits: Limits, error: unknown): Inspected {
  const locator = { root: task.display, members: [] }
  const id = artifactId(locator)
  const parent = task.parent === undefined ? {} : { parent: task.parent }
  const state = new ArtifactState(limits)
  state.trouble(error, 'file')
  const artifact = {
    id,
    ...parent,
    locator,
    name: baseName(task.display),
    size: task.size,
    formats: [],
    digests: [],
  }
  return { artifacts: [artifact], facts: state.fold.facts(id), coverage: [state.coverage(id, false)] }
}

export function baseName(display: string): string {
  return display.slice(display.lastIndexOf('/') + 1)
}
