// The hub of `bench/lock.ts`, in a process of its own so that it does not share the thread that is measured. Argument:
// bytes of one shard. Prints its address.
import { hubServer, repository, type ServedFile } from '../fixtures/servers/hub.ts'

const size = Number(process.argv[2])

function shard(fill: number): ServedFile {
  const data = size - 1024
  const text = JSON.stringify({ w: { dtype: 'U8', shape: [data], data_offsets: [0, data] } }).padEnd(1016)
  const bytes = Buffer.alloc(size, fill)
  bytes.writeBigUInt64LE(BigInt(text.length), 0)
  bytes.write(text, 8)
  return { bytes, lfs: true }
}

const many = Object.fromEntries(
  Array.from({ length: 10_000 }, (_, n) => [`rows/${n}.bin`, { bytes: Buffer.from(`row ${n}`), lfs: true }]),
)
const large = Object.fromEntries([0, 1, 2, 3].map((n) => [`model-${n}.safetensors`, shard(n)]))
const hub = await hubServer([repository('bench/many', many), repository('bench/large', large)])
console.log(hub.endpoint)
