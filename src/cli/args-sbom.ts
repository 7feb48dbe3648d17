import { type Command, Option } from 'commander'
import { LOCK_FILE } from '../model/lock.ts'
import { collect, type JudgeFlags, jobs, limits } from './flags.ts'

export const SBOM_FORMATS = ['cyclonedx', 'spdx', 'text', 'json'] as const
export type SbomFormat = (typeof SBOM_FORMATS)[number]

export interface SbomFlags
  extends Pick<JudgeFlags, 'policy' | 'rules' | 'jobs' | 'limit' | 'quiet' | 'color'> {
  /** `cyclonedx` and `spdx` are bills; `text` and `json` are what `--score` writes. */
  readonly format?: SbomFormat
  readonly specVersion?: '1.7' | '1.6'
  readonly withFindings?: boolean
  readonly score?: boolean
  readonly author?: string
  readonly output?: string
}

export interface SbomActions {
  readonly sbom: (targets: string[], flags: SbomFlags) => Promise<void>
}

const EXAMPLES = `
Examples:
  $ weighmaster sbom -o bom.cdx.json                the project here, from its lock
  $ weighmaster sbom models/ -f spdx -o bom.json    a folder, as SPDX 3.0.1
  $ weighmaster sbom models/ --score                what a bill could say, and what is missing

The bill does not depend on the verdict: what fails is in it too. What could not be inspected is told on standard
error and in the bill itself.

Exit codes:
  0 written   3 no regular file met   4 usage or operational error; nothing is written then`

export function sbomCommand(root: Command, actions: SbomActions): void {
  root
    .command('sbom')
    .summary('write a bill of materials')
    .description(
      'Writes a bill of materials of models, datasets, plugins and prompts, and says of every field whether it was measured or declared.',
    )
    .argument('[target...]', `files and folders, or a lock; without one, ${LOCK_FILE} here`)
    .optionsGroup('Output:')
    .addOption(
      new Option(
        '-f, --format <format>',
        'cyclonedx (default) or spdx; with --score text (default) or json',
      ).choices(SBOM_FORMATS),
    )
    .addOption(
      new Option('--spec-version <version>', 'of CycloneDX: 1.7 (default) or 1.6').choices(['1.7', '1.6']),
    )
    .option('--with-findings', 'put findings into the bill, as vulnerabilities with ids of their own')
    .option('--score', 'say which fields of the usual lists are filled, and what to add')
    .option('--author <name>', 'who answers for the bill')
    .option('-o, --output <file>', 'write it to this file instead of standard output')
    .option('-q, --quiet', 'no word on standard error about what was not inspected')
    .option('--no-color', 'no colours (NO_COLOR is heeded too)')
    .optionsGroup('What is read:')
    .option('--policy <file|preset>', 'for --with-findings: waivers of this policy are marked')
    .option('--rules <dir>', 'a folder of further rules (repeatable)', collect)
    .option('--jobs <n>', 'files inspected at the same time (default: the number of cores)', jobs)
    .option('--limit <name=value>', 'set a limit, as for scan (repeatable)', limits)
    .addHelpText('after', EXAMPLES)
    .action((targets: string[], flags: SbomFlags) => actions.sbom(targets, flags))
}
