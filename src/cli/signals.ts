import { Interrupted } from './exit.ts'

/**
 * Runs something that SIGINT and SIGTERM abort: the first signal asks it to stop and clean up, a second one ends the
 * process at once (temporary files have no name by then, or are removed on exit).
 */
export async function untilInterrupted(run: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const controller = new AbortController()
  const onSignal = (name: 'SIGINT' | 'SIGTERM') => {
    const reason = new Interrupted(name)
    if (controller.signal.aborted) process.exit(reason.exitCode)
    controller.abort(reason)
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  try {
    await run(controller.signal)
    controller.signal.throwIfAborted()
  } catch (error) {
    // Whatever broke on the way down, the signal is why.
    if (controller.signal.aborted) throw controller.signal.reason
    throw error
  } finally {
    process.removeListener('SIGINT', onSignal)
    process.removeListener('SIGTERM', onSignal)
  }
}
