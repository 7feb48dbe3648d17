import { outdated } from '../../engine/outdated.ts'
import { padEnd } from '../../report/layout.ts'
import { printable } from '../../report/printable.ts'
import { sourceSettings } from '../environment.ts'
import { projectHere } from '../project.ts'
import { untilInterrupted } from '../signals.ts'

/** `weighmaster outdated`: where the references lead now. */
export async function outdatedCommand(flags: { readonly format: 'text' | 'json' }): Promise<void> {
  const { lock, folder } = await projectHere()
  await untilInterrupted(async (signal) => {
    const moved = await outdated(lock, sourceSettings(folder, signal))
    if (flags.format === 'json') {
      process.stdout.write(`${JSON.stringify(moved, undefined, 2)}\n`)
      return
    }
    if (moved.length === 0) process.stdout.write('Every reference leads to what is locked.\n')
    const wide = Math.max(0, ...moved.map(({ ref }) => ref.length))
    for (const { ref, locked, now, trouble } of moved) {
      const line = `${padEnd(printable(ref), wide)}  ${short(locked)} → ${now === undefined ? '?' : short(now)}`
      process.stdout.write(`${line}${trouble === undefined ? '' : `  ${printable(trouble)}`}\n`)
    }
  })
}

const short = (pin: string) => printable(pin.replace(/^sha256:/, '').slice(0, 12))
