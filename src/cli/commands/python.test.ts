import { execFile, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { hub, project, WEIGHTS } from '../../../fixtures/servers/served-project.ts'

/*
 * The hub's own client against our work: what `pull --to-hf-cache` wrote must be its cache, and the hub that our tests run
 * against must be one to it. `PYTHON` names another interpreter than python3.
 */
const python = process.env.PYTHON ?? 'python3'
const has = spawnSync(python, ['-c', 'import huggingface_hub'], { encoding: 'utf8' })
const missing = has.error !== undefined || has.status !== 0
if (missing)
  console.warn(`tests against huggingface_hub skipped: ${python} has no huggingface_hub (set PYTHON)`)

const SNAPSHOT = `
import json, os, sys
from huggingface_hub import snapshot_download
folder = snapshot_download(sys.argv[1], revision=sys.argv[2], local_files_only=sys.argv[3] == 'local')
files = {}
for at, _, names in os.walk(folder):
    for name in names:
        with open(os.path.join(at, name), 'rb') as f:
            files[os.path.relpath(os.path.join(at, name), folder)] = len(f.read())
print(json.dumps({'commit': os.path.basename(folder), 'files': files}))
`

async function snapshot(cache: string, revision: string, how: 'local' | 'remote') {
  const env = {
    ...process.env,
    HF_ENDPOINT: how === 'local' ? 'http://127.0.0.1:1' : hub.endpoint,
    HF_HUB_OFFLINE: how === 'local' ? '1' : '0',
    HF_HUB_CACHE: cache,
    HF_HOME: cache,
    HF_HUB_DISABLE_XET: '1',
    HF_HUB_DISABLE_TELEMETRY: '1',
    HF_HUB_DISABLE_PROGRESS_BARS: '1',
  }
  const args = ['-I', '-c', SNAPSHOT, 'acme/tiny', revision, how]
  // `-I` keeps the folder of the project out; the environment that the client reads stays.
  const { stdout } = await promisify(execFile)(python, args, { env, cwd: project.folder })
  return JSON.parse(stdout) as { commit: string; files: Record<string, number> }
}

const FILES = [
  'README.md',
  'a b#1?.txt',
  'adapter_config.json',
  'caf\u00e9.txt',
  'config.json',
  'model.safetensors',
]

describe.skipIf(missing)('the Python client', () => {
  it('loads from the cache that pull wrote, by tag and by commit, without a network', async () => {
    project.write('weighmaster.yaml', 'models: [hf:acme/tiny@v1]')
    expect(await project.run('lock')).toMatchObject({ code: 0 })
    const cache = path.join(project.folder, 'cache')
    expect(await project.run('pull', '--to-hf-cache', cache)).toMatchObject({ code: 0 })
    const pin = hub.repositories[0]?.tags.get('v1') ?? ''
    for (const revision of ['v1', pin]) {
      const { commit, files } = await snapshot(cache, revision, 'local')
      expect(commit).toBe(pin)
      expect(Object.keys(files).toSorted((a, b) => (a < b ? -1 : 1))).toEqual(FILES)
      expect(files['model.safetensors']).toBe(WEIGHTS.length)
    }
  }, 60_000)

  it('is served by the hub of our tests, and its cache verifies', async () => {
    project.write('weighmaster.yaml', 'models: [hf:acme/tiny@v1]')
    expect(await project.run('lock')).toMatchObject({ code: 0 })
    const cache = path.join(project.folder, 'cache')
    const { files } = await snapshot(cache, 'v1', 'remote')
    expect(files['model.safetensors']).toBe(WEIGHTS.length)
    const snapshotFolder = path.join(
      cache,
      'models--acme--tiny/snapshots',
      hub.repositories[0]?.tags.get('v1') ?? '',
    )
    expect(readFileSync(path.join(snapshotFolder, 'config.json'), 'utf8')).toBe('{"hidden_size": 8}')
    expect(await project.run('verify', '--hf-cache', cache)).toMatchObject({ code: 0 })
  }, 60_000)
})
