import { hash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import type { Severity } from '../model/finding.ts'
import { UsageError } from '../model/trouble.ts'
import { type Policy, PRESETS, type Preset } from './schema.ts'

/** The presets lie beside the shipped rules, in the repository and in the package. */
const SHIPPED = path.join(import.meta.dirname, '..', '..', 'rules', 'policies')

/** What the build makes of them, so that a run with a preset need not load the YAML parser. */
const COMPILED = path.join(import.meta.dirname, '..', 'policies.json')

/** Policies are read whole; this only keeps a mistaken path (a model) from filling memory. */
const POLICY_BYTES = 8 * 1024 * 1024

/**
 * A preset by name or a policy file by path; `failOn` overrides its own `fail-on`. Throws `UsageError` that names
 * `file:line:column` and the way out.
 */
export async function loadPolicy(name: string, failOn?: Severity): Promise<Policy> {
  const file = isPreset(name) ? presetFile(name) : name
  const text = readText(file)
  const policy = (isPreset(name) ? compiled(name, text) : undefined) ?? (await readYaml(text, name, file))
  return failOn ? { ...policy, failOn } : policy
}

/** The presets as the build stores them in `dist/policies.json`. */
export async function bundlePolicies(): Promise<Record<Preset, Policy>> {
  const [strict, balanced, permissive] = await Promise.all(
    PRESETS.map((name) => readYaml(readText(presetFile(name)), name, presetFile(name))),
  )
  return { strict: strict!, balanced: balanced!, permissive: permissive! }
}

async function readYaml(text: string, name: string, file: string): Promise<Policy> {
  const { readPolicy } = await import('./read.ts')
  const preset = (base: Preset): Policy =>
    readPolicy(readText(presetFile(base)), base, presetFile(base), preset)
  return readPolicy(text, name, file, preset)
}

/** A preset as the build compiled it, if its file is unmodified since. */
function compiled(name: Preset, text: string): Policy | undefined {
  let stored: string
  try {
    stored = readFileSync(COMPILED, 'utf8')
  } catch {
    return undefined
  }
  // Written by `.ci/build.js` from files that passed the checks; the digest ties each to its file.
  const policy = (JSON.parse(stored) as Record<Preset, Policy>)[name]
  return policy.digest === hash('sha256', text, 'hex') ? policy : undefined
}

function isPreset(name: string): name is Preset {
  return PRESETS.some((known) => known === name)
}

function presetFile(name: Preset): string {
  return path.join(SHIPPED, `${name}.yaml`)
}

function readText(file: string): string {
  try {
    if (statSync(file).size > POLICY_BYTES) {
      throw new UsageError(`${file}: larger than ${POLICY_BYTES} bytes; is it a policy?`)
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file))
  } catch (error) {
    if (error instanceof UsageError) throw error
    if (error instanceof TypeError) throw new UsageError(`${file}: not UTF-8 text; is it a policy?`)
    throw new UsageError(`${file}: no such policy; give ${PRESETS.join(', ')} or a readable YAML file`)
  }
}
