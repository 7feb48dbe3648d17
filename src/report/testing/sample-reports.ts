import { createHash } from 'node:crypto'
import { type Artifact, artifactId, displayPath, type Locator } from '../../model/artifact.ts'
import type { Fact } from '../../model/fact.ts'
import type { Finding } from '../../model/finding.ts'
import type { Coverage, Outcome, Report, Waived } from '../../model/report.ts'

/** A name that tries everything at once: newline, ANSI, bell, bidi, C1, HTML, Markdown link, quotes. */
export const HOSTILE_NAME =
  'x\n\u001b[31mPASS\u0007\u202efdp.\u009b2J<img src=x onerror=1>[a](https://evil.example)"\'.pkl'

export function sampleArtifact(
  locator: Locator,
  extra: Partial<Artifact> & { readonly folder?: boolean } = {},
): Artifact {
  const { folder, ...rest } = extra
  const id = artifactId(locator)
  const sha = createHash('sha256').update(id).digest('hex')
  return {
    id,
    locator,
    name: (locator.members.at(-1) ?? locator.root).split('/').at(-1) ?? '',
    formats: folder ? [] : ['pickle'],
    digests: folder ? [] : [{ algorithm: 'sha256', hex: sha, origin: 'computed' }],
    ...(folder ? {} : { size: 98 }),
    ...rest,
  }
}

export function sampleFinding(artifact: Artifact, extra: Partial<Finding> = {}): Finding {
  const path = displayPath(artifact.locator)
  const seed = JSON.stringify([path, extra.rule, extra.message, extra.at ?? null])
  return {
    rule: 'pickle/sink-called',
    title: 'Pickle runs a known dangerous function',
    severity: 'critical',
    confidence: 'high',
    artifact: artifact.id,
    path,
    message: 'os.system is run by REDUCE while the file is loaded',
    at: { offset: 0x2b },
    evidence: [{ at: { offset: 0x2b }, text: "os.system('echo inert')" }],
    count: 1,
    subject: 'os.system',
    remediation:
      'Do not load this file. Ask its publisher for the weights as safetensors; if it came from a hub, report it there.',
    taxonomies: { cwe: ['CWE-502'], owasp: ['LLM03:2025'], atlas: ['AML.T0010.003'], cve: [] },
    fingerprint: createHash('sha256').update(seed).digest('hex'),
    ...extra,
  }
}

interface Parts {
  readonly artifacts: readonly Artifact[]
  readonly findings?: readonly Finding[]
  readonly facts?: readonly Fact[]
  readonly coverage?: readonly Coverage[]
  readonly outcomes?: ReadonlyMap<string, Outcome>
  readonly outcome?: Outcome
  readonly reasons?: readonly string[]
  readonly waived?: readonly Waived[]
  readonly warnings?: readonly string[]
  readonly targets?: readonly string[]
}

export function sampleReport(parts: Parts): Report {
  const findings = parts.findings ?? []
  const partial = new Map((parts.coverage ?? []).map((c) => [c.artifact, c]))
  const failing = findings.filter((f) => f.severity === 'critical' || f.severity === 'high')
  return {
    tool: { name: 'weighmaster', version: '0.1.0', rulesDigest: 'c'.repeat(64) },
    policy: { name: 'balanced', digest: 'd'.repeat(64), failOn: 'high' },
    targets: parts.targets ?? ['models'],
    artifacts: parts.artifacts,
    facts: parts.facts ?? [],
    coverage: parts.artifacts.map((a) => partial.get(a.id) ?? { artifact: a.id, state: 'full' }),
    findings,
    verdict: {
      outcome: parts.outcome ?? 'pass',
      reasons: parts.reasons ?? [],
      failing: failing.map((f) => f.fingerprint),
      waived: parts.waived ?? [],
      warnings: parts.warnings ?? [],
      outcomes: parts.outcomes ?? new Map(parts.artifacts.map((a) => [a.id, 'pass'])),
    },
  }
}

/** A folder with one of everything: hostile pickle, torch zip with members, truncated file, honest files. */
export function mixedReport(): Report {
  const folder = sampleArtifact({ root: 'models', members: [] }, { folder: true })
  const at = (name: string, members: string[], extra: Partial<Artifact>) =>
    sampleArtifact(
      { root: `models/${name}`, members },
      {
        parent:
          members.length > 0
            ? artifactId({ root: `models/${name}`, members: members.slice(0, -1) })
            : folder.id,
        ...extra,
      },
    )
  const evil = at('evil.pkl', [], { size: 98 })
  const zip = at('resnet50-finetuned.pt', [], { size: 102_534_221, formats: ['torch-zip', 'zip'] })
  const member = at('resnet50-finetuned.pt', ['archive/data.pkl'], { size: 20_451 })
  const cut = at('checkpoint-1000/optimizer.bin', [], { size: 4_096, formats: ['pickle'] })
  const good = at('model.safetensors', [], { size: 2_147_483_648, formats: ['safetensors'] })
  const noted = at('tokenizer/vocab.dat', [], { size: 1_024, formats: [] })
  const hostile = at(HOSTILE_NAME, [], {})
  const artifacts = [folder, cut, evil, good, zip, member, noted, hostile]
  const fails = new Set([folder, evil, zip, member, hostile].map((a) => a.id))
  return sampleReport({
    artifacts,
    outcome: 'fail',
    reasons: [
      'models/evil.pkl: os.system is run by REDUCE while the file is loaded (critical)',
      'models/resnet50-finetuned.pt!/archive/data.pkl: 9 unknown globals are run (high)',
      'models/checkpoint-1000/optimizer.bin: truncated, 1,022 bytes were not inspected',
    ],
    warnings: ['waiver for pickle/unknown-class on legacy/*.pkl (alice) was not used'],
    outcomes: new Map(
      artifacts.map((a) => [a.id, fails.has(a.id) ? 'fail' : a === cut ? 'incomplete' : 'pass']),
    ),
    coverage: [{ artifact: cut.id, state: 'partial', why: ['truncated'] }],
    facts: [
      {
        kind: 'parse.truncated',
        artifact: cut.id,
        at: { offset: 0xc02 },
        count: 1,
        locations: [{ at: { offset: 0xc02 } }],
        data: { message: 'BINUNICODE asks for 1,048,576 bytes, 1,022 are left' },
      },
    ],
    findings: [
      sampleFinding(evil),
      sampleFinding(hostile, { evidence: [{ at: { offset: 2 }, text: `os.system('${HOSTILE_NAME}')` }] }),
      ...Array.from({ length: 9 }, (_, i) =>
        sampleFinding(member, {
          rule: 'pickle/unknown-call',
          title: 'Pickle calls a global that no list knows',
          severity: 'high',
          confidence: 'medium',
          message: `acme.layers.Attention${i} is run by REDUCE; class and function cannot be told apart`,
          subject: `acme.layers.Attention${i}`,
          at: { offset: 1200 + i * 31 },
          evidence: [
            {
              at: { offset: 1200 + i * 31 },
              text: `acme.layers.Attention${i}(dim=${64 * (i + 1)}, heads=8, dropout=0.1)`,
            },
          ],
          remediation:
            'Check what the callable does in the package that defines it; accept it by name if it is yours.',
        }),
      ),
      sampleFinding(cut, {
        rule: 'pickle/unknown-class',
        title: 'Pickle makes an object of an unlisted class',
        severity: 'medium',
        message: 'bitsandbytes.optim.Adam8bit is made by NEWOBJ and built',
        subject: 'bitsandbytes.optim.Adam8bit',
        at: { offset: 77 },
        evidence: [{ at: { offset: 77 }, text: 'bitsandbytes.optim.Adam8bit.__new__()' }],
        remediation: 'Accept it by name if the package is one you install anyway.',
      }),
      sampleFinding(noted, {
        rule: 'content/unknown-binary',
        title: 'Unknown binary',
        severity: 'info',
        message: 'no known format; nothing loads it by name',
        evidence: [],
        remediation: 'None needed.',
      }),
    ],
  })
}
