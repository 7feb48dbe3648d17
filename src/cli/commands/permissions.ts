import { permissions } from '../../engine/permissions.ts'
import type { PermissionReport } from '../../model/permissions.ts'
import { painter } from '../../report/layout.ts'
import { permissionMarkdown } from '../../report/permission-markdown.ts'
import { permissionText } from '../../report/permission-text.ts'
import { safeJsonPretty } from '../../report/printable.ts'
import type { PermissionFlags } from '../args-permissions.ts'
import { EXIT, exitCodeOf } from '../exit.ts'
import { writeStream } from '../outputs.ts'
import { untilInterrupted } from '../signals.ts'

const DEFAULT_WIDTH = 100

/** `weighmaster permissions`: the three columns of every plugin. It shows; judging is `scan`'s. */
export async function permissionsCommand(targets: readonly string[], flags: PermissionFlags): Promise<void> {
  await untilInterrupted(async (signal) => {
    const { permissions: found, report } = await permissions(targets, {
      include: flags.include ?? [],
      exclude: flags.exclude ?? [],
      limits: flags.limit ?? {},
      ...(flags.jobs === undefined ? {} : { jobs: flags.jobs }),
      signal,
    })
    await writeStream(process.stdout, render(found, flags))
    const met = exitCodeOf(report)
    const gaps = found.plugins.some(({ unanalyzed }) => unanalyzed.length > 0)
    const incomplete = gaps || report.coverage.some(({ state }) => state !== 'full')
    process.exitCode = met === EXIT.nothing ? met : incomplete ? EXIT.incomplete : EXIT.pass
  })
}

function render(found: PermissionReport, { format, color }: PermissionFlags): Iterable<string> {
  if (format === 'json') return [`${safeJsonPretty(found)}\n`]
  if (format === 'markdown') return permissionMarkdown(found)
  const { isTTY, columns } = process.stdout
  const width = isTTY ? columns || DEFAULT_WIDTH : DEFAULT_WIDTH
  return permissionText(found, { width, paint: painter(isTTY && color && process.stdout.hasColors()) })
}
