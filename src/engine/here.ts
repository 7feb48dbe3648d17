import { INSPECTORS } from '../inspect/registry.ts'
import { inspectRoot } from './inspect.ts'
import type { Inspected, RootTask } from './node.ts'
import type { PoolOptions } from './options.ts'

/** All files in this thread, one after the other: for tests and for programs that bring their own limits. */
export async function inspectHere(tasks: readonly RootTask[], options: PoolOptions): Promise<Inspected[]> {
  const advance = (bytes: number) => options.progress({ kind: 'advance', bytes })
  const { remote, signal } = options
  const ask = remote && ((file: number, offset: number, length: number) => remote.read(file, offset, length))
  const around = { inspectors: INSPECTORS, options, signal, advance, ask }
  const results: Inspected[] = []
  for (const task of tasks) {
    options.signal.throwIfAborted()
    results.push(await inspectRoot(task, around))
    if (task.remote !== undefined) remote?.close(task.remote)
    options.progress({ kind: 'done', path: task.display })
  }
  return results
}
