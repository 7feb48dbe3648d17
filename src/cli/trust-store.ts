import { homedir } from 'node:os'
import path from 'node:path'

/** Where `trust update` keeps the root that it fetched; used from then on. */
export function trustStore(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const data = env.XDG_DATA_HOME ?? path.join(homedir(), '.local', 'share')
  return path.join(data, 'weighmaster', 'trusted_root.json')
}
