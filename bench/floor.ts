// The floor for hashing work: a bare loop of read and SHA-256 over each file, the files shared among as many workers
// as there are cores. Nothing is parsed.
import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { isMainThread, Worker, workerData } from 'node:worker_threads'

function hashFile(file: string): string {
  const buffer = Buffer.allocUnsafe(1024 * 1024)
  const hash = createHash('sha256')
  const descriptor = openSync(file, 'r')
  for (let n = readSync(descriptor, buffer); n > 0; n = readSync(descriptor, buffer))
    hash.update(buffer.subarray(0, n))
  closeSync(descriptor)
  return hash.digest('hex')
}

if (isMainThread) {
  const files = process.argv.slice(2)
  const jobs = Math.min(availableParallelism(), files.length)
  if (jobs === 1) files.map(hashFile)
  else
    for (let job = 0; job < jobs; job++)
      new Worker(import.meta.filename, { workerData: files.filter((_, i) => i % jobs === job) })
} else {
  const files: string[] = workerData
  files.map(hashFile)
}
