// What any downloader must do: the four shards of `bench/lock-server.ts` from socket to file, two threads, nothing hashed
// and nothing judged. Arguments: endpoint, repository, folder. The files are removed again.
import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import path from 'node:path'
import { isMainThread, Worker, workerData } from 'node:worker_threads'
import { receive } from '../src/source/receive.ts'

const [, , endpoint = '', repository = '', folder = ''] = process.argv
const PIECE = 64 * 1024

if (isMainThread) {
  for (const shards of [
    [0, 1],
    [2, 3],
  ])
    new Worker(import.meta.filename, { workerData: shards, argv: [endpoint, repository, folder] })
} else {
  const shards: number[] = workerData
  await Promise.all(shards.map(download))
}

async function download(shard: number): Promise<void> {
  const url = `${endpoint}/${repository}/resolve/main/model-${shard}.safetensors`
  const { headers } = await fetch(url, { redirect: 'manual' })
  const file = path.join(folder, `plain-${shard}`)
  const descriptor = openSync(file, 'w')
  await receive(
    new URL(headers.get('location') ?? url),
    {},
    {
      head: () => true,
      body(chunk) {
        for (let at = 0; at < chunk.length; at += PIECE) writeSync(descriptor, chunk.subarray(at, at + PIECE))
        return true
      },
    },
  )
  closeSync(descriptor)
  rmSync(file)
}
