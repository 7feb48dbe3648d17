import type { Dirent } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { type Discovered, discover, type ProjectFile } from '../../lock/discover.ts'
import { readManifest } from '../../lock/manifest.ts'
import { storeAtomically } from '../../lock/store.ts'
import { ARTIFACTS, KINDS, MANIFEST_FILE } from '../../model/lock.ts'
import { byCodePoint } from '../../model/order.ts'
import { parseReference } from '../../model/reference.ts'
import { UsageError } from '../../model/trouble.ts'
import { plural } from '../../report/layout.ts'

/** Configurations and code are small; a notebook with its outputs may not be. */
const FILE_BYTES = 4 * 1024 * 1024
const FILES = 20_000
const SKIPPED = new Set([
  'node_modules',
  '.git',
  '.venv',
  'venv',
  '__pycache__',
  'dist',
  'build',
  'site-packages',
  ARTIFACTS,
])

/** `weighmaster init`: a first manifest from what the project names, for a person to edit. */
export async function initCommand(flags: { readonly force?: boolean }): Promise<void> {
  if (!flags.force && (await stat(MANIFEST_FILE).catch(() => undefined))) {
    throw new UsageError(`${MANIFEST_FILE} is there already; edit it, or --force to write it anew`)
  }
  const found = discover(await projectFiles('.')).filter(({ ref }) => isReference(ref))
  const text = manifestText(found)
  readManifest(text, MANIFEST_FILE)
  await storeAtomically(MANIFEST_FILE, text)
  process.stdout.write(
    `${MANIFEST_FILE}: ${plural(found.length, 'reference')} found; read it, then run weighmaster lock\n`,
  )
}

function isReference(ref: string): boolean {
  try {
    parseReference(ref)
    return true
  } catch {
    return false
  }
}

async function projectFiles(top: string): Promise<ProjectFile[]> {
  const files: ProjectFile[] = []
  const visit = async (folder: string): Promise<void> => {
    const entries = await readdir(folder, { withFileTypes: true }).catch((): Dirent[] => [])
    for (const entry of entries.toSorted((a, b) => byCodePoint(a.name, b.name))) {
      const full = path.join(folder, entry.name)
      if (entry.isDirectory() && !SKIPPED.has(entry.name)) await visit(full)
      else if (entry.isFile() && files.length < FILES) {
        const { size } = await stat(full)
        if (size <= FILE_BYTES)
          files.push({ path: full.replaceAll(path.sep, '/'), text: await readFile(full, 'utf8') })
      }
    }
  }
  await visit(top)
  return files
}

const HEAD = `# What this project uses, for weighmaster to pin. Read it, correct it, then: weighmaster lock
# An entry is a reference, or an object with ref, include, exclude, signer, policy, path and owners.
# yaml-language-server: $schema=./node_modules/weighmaster/schemas/manifest.schema.json
`

function manifestText(found: readonly Discovered[]): string {
  const kinds = KINDS.map((kind) => {
    const own = found.filter((item) => item.kind === kind)
    if (own.length === 0) return `${kind}: []\n`
    return `${kind}:\n${own.map(({ ref, from }) => `  # ${oneLine(from)}\n  - ${JSON.stringify(ref)}\n`).join('')}`
  })
  return `${HEAD}\n${kinds.join('\n')}`
}

const oneLine = (text: string) => text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, '?')
