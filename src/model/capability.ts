import { byCodePoint } from './order.ts'

/** What a plugin may do to the world around it. Order is that of tables: what matters most first. */
export const CAPABILITIES = [
  'exec',
  'dynamicCode',
  'install',
  'persist',
  'agentConfig.write',
  'secrets',
  'env',
  'net',
  'listen',
  'fs.delete',
  'fs.write',
  'fs.read',
  'native',
  'oauth',
  'ui',
  'hooks',
  'tool',
  'unanalyzed',
] as const
export type CapabilityName = (typeof CAPABILITIES)[number]

/**
 * One thing a plugin may do: `exec(git)`, `net(https://api.example.com)`, `fs.read(home)`. Scope `*` is any; what has no
 * scopes has an empty one.
 */
export interface Capability {
  readonly name: CapabilityName
  readonly scope: string
}

/** Scopes of the file system from narrow to wide; each holds those it names. */
const FOLDERS: Readonly<Record<string, readonly string[]>> = {
  '*': ['project', 'temporary', 'home', 'system', 'own'],
  home: ['project', 'temporary', 'own'],
  project: ['own'],
}

export function capabilityText({ name, scope }: Capability): string {
  return scope === '' ? name : `${name}(${scope})`
}

export function readCapability(text: string): Capability | undefined {
  const [, name = '', scope = ''] = /^([\w.]+)(?:\((.*)\))?$/s.exec(text) ?? []
  const known = CAPABILITIES.find((c) => c === name)
  return known && { name: known, scope }
}

/** Does having `a` allow everything that `b` allows? */
export function covers(a: Capability, b: Capability): boolean {
  if (a.name !== b.name) return false
  if (a.scope === b.scope || a.scope === '*') return true
  if (a.name === 'net') return coversAddress(a.scope, b.scope)
  if (a.name.startsWith('fs.')) return (FOLDERS[a.scope] ?? []).includes(b.scope)
  return a.scope.endsWith('*') && b.scope.startsWith(a.scope.slice(0, -1))
}

/** `https://*` covers every host by https, `https://*.example.com` every host below. */
function coversAddress(a: string, b: string): boolean {
  const [, scheme = '', host = ''] = /^([^:]*):\/\/(.*)$/.exec(a) ?? []
  const [, other = '', otherHost = ''] = /^([^:]*):\/\/(.*)$/.exec(b) ?? []
  if (scheme !== other && !(scheme === '*')) return false
  return host === '*' || host === otherHost || (host.startsWith('*.') && otherHost.endsWith(host.slice(1)))
}

export function byCapability(a: Capability, b: Capability): number {
  const place = CAPABILITIES.indexOf(a.name) - CAPABILITIES.indexOf(b.name)
  return place || byCodePoint(a.scope, b.scope)
}
