import type { Json, JsonObject } from '../../model/fact.ts'
import { everyKey, isObject, listOf, objectOf, textOf, textsOf } from '../json-values.ts'
import { clientFile } from './clients.ts'
import { readLaunch } from './launch.ts'
import { type FetchedPackage, fromGit, npmPackage, registryPackage } from './package.ts'

/** Files of plugins, by their path in lower case, whose text says what else is fetched. */
export function namesPackages(path: string): boolean {
  return clientFile(path) !== undefined || MANIFEST.test(path)
}

const MANIFEST =
  /(?:^|\/)(?:\.(?:claude|codex|cursor)-plugin\/(?:plugin|marketplace)|\.agents\/plugins\/marketplace|(?:gemini|qwen)-extension|plugin|server|manifest|hooks\/hooks)\.json$/

/** What a manifest or configuration has fetched, as references that a lock can follow; those that no registry resolves are left out. */
export function packageReferences(document: Json): { readonly role: string; readonly target: string }[] {
  const found = new Map<string, { role: string; target: string }>()
  const add = (role: string, { reference, form }: FetchedPackage) => {
    if (reference !== '' && form !== 'path' && form !== 'url')
      found.set(`${role} ${reference}`, { role, target: reference })
  }
  for (const { key, value, owner } of everyKey(document)) {
    if (key === 'command' || key === 'cmd') {
      const [program = '', ...rest] = Array.isArray(value) ? textsOf(value) : [textOf(value)]
      for (const one of readLaunch(program, [...rest, ...textsOf(owner.args)]).packages) add('launch', one)
    } else if (key === 'source' && isObject(value)) marketplaceSource(value, add)
    else if (key === 'packages') for (const item of listOf(value)) registered(objectOf(item), add)
  }
  return [...found.values()]
}

type Add = (role: string, found: FetchedPackage) => void

function marketplaceSource(held: JsonObject, add: Add): void {
  const [kind, repo, url, ref = '', sha = ''] = ['source', 'repo', 'url', 'ref', 'sha'].map((key) =>
    textOf(held[key]),
  )
  const version = textOf(held.version)
  if (kind === 'npm')
    add('plugin', npmPackage(`${textOf(held.package)}${version === '' ? '' : `@${version}`}`))
  else if (repo) add('plugin', fromGit(`https://github.com/${repo}`, ref, sha))
  else if (url?.endsWith('.git')) add('plugin', fromGit(url, ref, sha))
}

function registered(item: JsonObject, add: Add): void {
  const type = textOf(item.registryType) || textOf(item.registry_type) || textOf(item.registry_name)
  const name = textOf(item.identifier) || textOf(item.name)
  if (/^(?:npm|pypi|oci|docker)$/.test(type) && name !== '')
    add('launch', registryPackage(type, name, textOf(item.version), ''))
}
