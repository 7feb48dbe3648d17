import { type Artifact, artifactId } from '../model/artifact.ts'
import { type Fact, FactFold } from '../model/fact.ts'
import type { Coverage, Inspection } from '../model/report.ts'
import { type Met, type RootFile, walkTarget } from '../source/local.ts'
import { receiveStdin } from '../source/stdin.ts'
import { baseName } from './failed.ts'
import type { RootTask } from './node.ts'
import type { ScanOptions } from './options.ts'
import { RemoteFiles } from './remote-files.ts'

/** What the targets hold: files to inspect, and what is known of everything else that was met. */
export interface Gathered extends Inspection, AsyncDisposable {
  readonly targets: readonly string[]
  readonly tasks: readonly RootTask[]
  /** Where some of them are read where they are. */
  readonly remote?: RemoteFiles
}

/** What begins like a reference is one, where references are read at all; two letters at least, `c:` is a drive. */
const SCHEME = /^[a-z][a-z+]+:/

/** Ranges that are asked for at one time. */
const REQUESTS = 8

/** Resolves every target to root files. A file reached through two targets is inspected once. */
export async function gather(targets: readonly string[], options: ScanOptions): Promise<Gathered> {
  const out = { artifacts: [] as Artifact[], facts: [] as Fact[], coverage: [] as Coverage[] }
  const tasks = new Map<string, RootTask>()
  const names: string[] = []
  const received: AsyncDisposable[] = []
  let remote: RemoteFiles | undefined
  const dispose = async () => {
    for (const input of received) await input[Symbol.asyncDispose]()
  }
  try {
    for (const target of new Set(targets)) {
      if (target === '-') {
        const input = await receiveStdin(options.signal)
        received.push(input)
        tasks.set('-', { path: input.path, size: input.size, display: '-' })
        names.push('-')
      } else if (options.sources && SCHEME.test(target) && !target.startsWith('file:')) {
        // Loaded only here: a scan of paths does without the clients of all the services.
        const { fetchTarget, remoteTarget } = await import('./fetched.ts')
        if (!options.full) remote ??= new RemoteFiles(REQUESTS, options.signal)
        const found = remote
          ? await remoteTarget(target, options.sources, options, remote)
          : await fetchTarget(target, options.sources, options)
        received.push(found)
        names.push(found.display)
        const parent = addFolder(out, found.display)
        for (const task of found.tasks) tasks.set(task.display, { ...task, parent })
      } else {
        const file = options.sources ? target.replace(/^file:/, '') : target
        names.push(await gatherPath(file, options, out, tasks))
      }
    }
  } catch (error) {
    await dispose()
    throw error
  }
  const found = [...tasks.values()]
  options.onProgress?.({ kind: 'found', files: found.length, bytes: found.reduce((n, t) => n + t.size, 0) })
  const far = remote ? { remote } : {}
  return { ...out, ...far, targets: names, tasks: found, [Symbol.asyncDispose]: dispose }
}

/** Adds what a file or folder holds; returns the target's display name. */
async function gatherPath(
  target: string,
  options: ScanOptions,
  out: Collected,
  tasks: Map<string, RootTask>,
): Promise<string> {
  const { display, files, met, isFolder } = await walkTarget(target, options)
  const parent = isFolder ? { parent: addFolder(out, display) } : {}
  for (const file of files) {
    if (!tasks.has(file.display)) tasks.set(file.display, { ...taskOf(file), ...parent })
  }
  for (const thing of met) addMet(out, thing, parent)
  return display
}

type Collected = { artifacts: Artifact[]; facts: Fact[]; coverage: Coverage[] }

function taskOf({ path, display, size }: RootFile): RootTask {
  return { path, display, size }
}

function addFolder(out: Collected, display: string): string {
  const locator = { root: display, members: [] }
  const id = artifactId(locator)
  out.artifacts.push({ id, locator, name: baseName(display), formats: ['folder'], digests: [] })
  out.coverage.push({ artifact: id, state: 'full' })
  return id
}

function addMet(out: Collected, met: Met, parent: { parent?: string }): void {
  const locator = { root: met.display, members: [] }
  const id = artifactId(locator)
  const fold = new FactFold()
  fold.add(met.fact)
  out.artifacts.push({ id, ...parent, locator, name: baseName(met.display), formats: [], digests: [] })
  out.facts.push(...fold.facts(id))
  out.coverage.push(
    met.uninspected ? { artifact: id, state: 'none', why: ['unreadable'] } : { artifact: id, state: 'full' },
  )
}
