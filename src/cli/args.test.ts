import { CommanderError } from 'commander'
import { describe, expect, it } from 'vitest'
import { program, type ScanFlags } from './args.ts'

async function parse(...args: string[]): Promise<{ targets: string[]; flags: ScanFlags }> {
  let parsed: { targets: string[]; flags: ScanFlags } | undefined
  const root = program('1.2.3', {
    scan: async (targets, flags) => {
      parsed = { targets, flags }
    },
    init: async () => undefined,
    lock: async () => undefined,
    verify: async () => undefined,
    pull: async () => undefined,
    outdated: async () => undefined,
    diff: async () => undefined,
    permissions: async () => undefined,
    ci: async () => undefined,
    policyTest: async () => undefined,
    policyExplain: async () => undefined,
    report: async () => undefined,
    rules: async () => undefined,
    explain: async () => undefined,
    doctor: async () => undefined,
    completion: async () => undefined,
    verifyModel: async () => undefined,
    verifyBundle: async () => undefined,
    sign: async () => undefined,
    attest: async () => undefined,
    trustShow: async () => undefined,
    trustUpdate: async () => undefined,
    formats: async () => undefined,
    auditVerify: async () => undefined,
  })
  for (const command of [root, ...root.commands]) {
    command.exitOverride().configureOutput({ writeOut: () => undefined, outputError: () => undefined })
  }
  await root.parseAsync(['node', 'weighmaster', 'scan', ...args])
  if (!parsed) throw new Error('scan was not called')
  return parsed
}

const complaint = async (...args: string[]): Promise<string> => {
  const error = await parse(...args).then(
    () => undefined,
    (e: unknown) => e,
  )
  return error instanceof CommanderError ? error.message : `no complaint: ${String(error)}`
}

describe('scan flags', () => {
  it('have quiet defaults', async () => {
    expect(await parse('a', 'b')).toEqual({
      targets: ['a', 'b'],
      flags: { format: 'text', digest: true, color: true },
    })
  })

  it('are all understood', async () => {
    const { targets, flags } = await parse(
      ...[
        '-',
        '-f',
        'sarif',
        '-o',
        'json=a=b.json',
        '-o',
        'text=t.txt',
        '--policy',
        'strict',
        '--rules',
        'r1',
      ],
      ...[
        '--rules',
        'r2',
        '--fail-on',
        'low',
        '--jobs',
        '3',
        '--limit',
        'depth=4',
        '--limit',
        'expandedBytes=2g',
      ],
      ...[
        '--include',
        '*.pt',
        '--include',
        '*.bin',
        '--exclude',
        'old/**',
        '--no-digest',
        '--member-digests',
      ],
      ...['--show-facts', '--timestamp', '-q', '--no-color', '--audit-log', 'log.jsonl'],
    )
    expect(targets).toEqual(['-'])
    expect(flags).toEqual({
      format: 'sarif',
      output: [
        { format: 'json', file: 'a=b.json' },
        { format: 'text', file: 't.txt' },
      ],
      policy: 'strict',
      rules: ['r1', 'r2'],
      failOn: 'low',
      jobs: 3,
      limit: { depth: 4, expandedBytes: 2 * 2 ** 30 },
      include: ['*.pt', '*.bin'],
      exclude: ['old/**'],
      digest: false,
      memberDigests: true,
      showFacts: true,
      timestamp: true,
      quiet: true,
      color: false,
      auditLog: 'log.jsonl',
    })
  })

  it.each([
    [['a', '--polcy', 'x'], /unknown option '--polcy'[\s\S]*Did you mean --policy/],
    [['a', '-f', 'yaml'], /text, json, sarif/],
    [['a', '--fail-on', 'severe'], /info, low, medium, high, critical/],
    [['a', '--limit', 'Depth=1'], /did you mean depth\?/],
    [['a', '--limit', 'nothing=1'], /there are depth, entries/],
    [['a', '--limit', 'depth=-1'], /NAME=VALUE/],
    [['a', '--limit', 'depth=0'], /at least 1/],
    [['a', '--limit', 'expandedBytes=9999999T'], /below 2\^53/],
    [['a', '--limit', '__proto__=1'], /no such limit/],
    [['a', '--jobs', '1.5'], /from 1 to 1024/],
    [['a', '-o', 'report.json'], /FORMAT=FILE/],
    [['a', '-o', 'json=x', '-o', 'sarif=x'], /Two outputs/],
    [['a', '--include', ''], /empty/],
    [[], /missing required argument 'target'/],
  ])('%j is refused, naming the way out', async (args, message) => {
    expect(await complaint(...args)).toMatch(message)
  })
})
