import { hash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { byCodePoint } from '../model/order.ts'
import { UsageError } from '../model/trouble.ts'

/** One YAML file of a rule folder. */
export interface RuleFile {
  /** Path inside the folder, with `/`: `pickle.yaml`, `lists/pickle-allow/numpy.yaml`. */
  readonly name: string
  /** Path as a person would open it. */
  readonly path: string
  readonly text: string
}

/** Presets of policies lie beside the rules; they are no part of them. */
const POLICIES = 'policies'

/** All rule and list files of a folder in code-point order. A YAML file where none is read is a mistake, not ignored. */
export function ruleFiles(folder: string): RuleFile[] {
  return names(folder)
    .filter((name) => /\.ya?ml$/i.test(name) && !name.startsWith(`${POLICIES}/`))
    .sort(byCodePoint)
    .map((name) => {
      const file = path.join(folder, ...name.split('/'))
      if (!/^([a-z0-9-]+|lists\/[a-z0-9-]+(\/[a-z0-9-]+)?)\.yaml$/.test(name)) {
        throw new UsageError(
          `${file}: not read; rules are <name>.yaml, lists are lists/<name>.yaml or lists/<name>/<part>.yaml, in lower case`,
        )
      }
      return { name, path: file, text: readFileSync(file, 'utf8') }
    })
}

function names(folder: string): string[] {
  try {
    if (!statSync(folder).isDirectory())
      throw new UsageError(`${folder}: not a folder; --rules takes a folder`)
    return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) =>
      name.replaceAll(path.sep, '/'),
    )
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(`${folder}: cannot be read; --rules takes a folder with rule files`)
  }
}

/** SHA-256 over the lines `["name","sha256"]` of the files, folder by folder. */
export function filesDigest(files: readonly RuleFile[]): string {
  const lines = files.map((file) => `${JSON.stringify([file.name, hash('sha256', file.text, 'hex')])}\n`)
  return hash('sha256', lines.join(''), 'hex')
}
