// The hub of `bench/remote.ts`, in a process of its own. Prints its address; for every line on its standard input, the
// bytes it has written to its sockets since the last one (headers included) and the requests it has answered.
import { hash } from 'node:crypto'
import { hubServer, repository } from '../fixtures/servers/hub.ts'
import { servedSparse, sparseSafetensors, sparseTorch } from '../fixtures/servers/sparse.ts'

const GB = 1e9
const SHARDS = 50

const torch = servedSparse(sparseTorch(300, 500_000), hash('sha256', 'torch', 'hex'))
const names = Array.from({ length: 40 }, (_, n) => `model.layers.${n}.mlp.down_proj.weight`)
const shards = (make: (n: number) => ReturnType<typeof servedSparse>, suffix: string) =>
  Array.from({ length: SHARDS }, (_, n) => [`${name(n)}${suffix}`, make(n)] as const)
const name = (n: number) => `model-${String(n + 1).padStart(5, '0')}-of-${String(SHARDS).padStart(5, '0')}`
const small = { 'config.json': '{"model_type": "llama"}', 'README.md': '# Large\n' }

const repositories = [
  repository('bench/torch', { 'pytorch_model.bin': torch }),
  repository('bench/safetensors', {
    ...small,
    ...Object.fromEntries(
      shards((n) => servedSparse(sparseSafetensors(names, (2 * GB) / 40), digest(n)), '.safetensors'),
    ),
  }),
  repository('bench/pickles', {
    ...small,
    ...Object.fromEntries(shards((n) => servedSparse(sparseTorch(40, 12_500_000), digest(n)), '.bin')),
  }),
]

function digest(n: number): string {
  return hash('sha256', `shard ${n}`, 'hex')
}

const hub = await hubServer(repositories, 1000)
console.log(hub.endpoint)
let [before, asked] = [0, 0]
process.stdin.on('data', () => {
  console.log(JSON.stringify({ bodies: hub.sent - before, requests: hub.seen.length - asked }))
  before = hub.sent
  asked = hub.seen.length
})
