// The pickle machine alone, on an opcode-dense stream: nested dicts and lists of small integers and short strings, at
// least 200 MB, beside the floor of a plain loop that only looks at each instruction's length. `node bench/pickle.ts [MB]`
import { execFileSync } from 'node:child_process'
import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { openFile } from '../src/bytes/file.ts'
import { uint32 } from '../src/codec/pickle/integers.ts'
import { LINE, LINES, OPERAND, PAYLOAD, WIDTH } from '../src/codec/pickle/opcodes.ts'
import { scanPickle } from '../src/codec/pickle/scan.ts'

const MB = 1_000_000
const [size = '200', target] = process.argv.slice(2)
const wanted = Number(size) * MB
const file = target ?? path.join(tmpdir(), `weighmaster-dense-${process.pid}.pkl`)

/** A record as pickle.dumps writes it at protocol 4; keys come from the memo, values are memoized anew. */
function record(i: number): Buffer {
  const text = (value: string) =>
    Buffer.concat([Buffer.from([0x8c, value.length]), Buffer.from(value), Buffer.from([0x94])])
  const parts: Buffer[] = [Buffer.from([0x7d, 0x94, 0x28])]
  for (let key = 0; key < 4; key++) parts.push(Buffer.from([0x68, key, 0x4b, (i + key) & 255]))
  parts.push(Buffer.from([0x68, 4]), text(`n${(i * 2654435761) >>> 8}`))
  parts.push(Buffer.from([0x68, 5]), text(`label ${(i * 40503) & 0xfffff}`))
  parts.push(
    Buffer.from([0x68, 6, 0x5d, 0x94, 0x28, 0x4b, i & 255, 0x4d, i & 255, 3, 0x4a, 1, 2, 3, 0, 0x65]),
  )
  parts.push(
    Buffer.from([0x68, 7, 0x7d, 0x94, 0x68, 0]),
    text(`tag-${i & 0xffff}`),
    Buffer.from([0x73, 0x75]),
  )
  return Buffer.concat(parts)
}

function write(): void {
  const out = openSync(file, 'w')
  const keys = 'id count page rank name label list more'.split(' ')
  const head = keys.flatMap((key) => [0x8c, key.length, ...Buffer.from(key), 0x94, 0x30])
  writeSync(out, Buffer.from([0x80, 4, ...head, 0x5d, 0x94]))
  for (let written = 0, i = 0; written < wanted; ) {
    const batch = Buffer.concat([
      Buffer.from('('),
      ...Array.from({ length: 1000 }, () => record(i++)),
      Buffer.from('e'),
    ])
    written += writeSync(out, batch)
  }
  writeSync(out, Buffer.from('.'))
  closeSync(out)
}

/** Counts instructions and does nothing else. */
function floor(): number {
  const input = openSync(file, 'r')
  const buffer = new Uint8Array(1024 * 1024)
  let opcodes = 0
  let kept = 0
  for (;;) {
    const read = readSync(input, buffer, kept, buffer.length - kept, null)
    const end = kept + read
    const safe = read === 0 ? end : end - 512
    let at = 0
    while (at < safe) {
      const operand = OPERAND[buffer[at]!]!
      const width = operand & WIDTH
      let next = at + 1 + width
      if (operand & PAYLOAD) next += width === 1 ? buffer[at + 1]! : uint32(buffer, at + 1)
      else if (operand & (LINE | LINES)) next = buffer.indexOf(0x0a, next) + 1
      at = next
      opcodes++
    }
    if (read === 0) break
    buffer.copyWithin(0, at, end)
    kept = end - at
  }
  closeSync(input)
  return opcodes
}

function rate(bytes: number, opcodes: number, run: { seconds: number; cpu: number }): string {
  const megabytes = (bytes / MB / run.seconds).toFixed(0)
  const millions = (opcodes / MB / run.seconds).toFixed(1)
  return `${run.seconds.toFixed(2)} s (${run.cpu.toFixed(2)} s of processor), ${megabytes} MB/s, ${millions} million opcodes/s`
}

async function timed<T>(work: () => T | Promise<T>): Promise<{ result: T; seconds: number; cpu: number }> {
  const [start, cpu] = [performance.now(), process.cpuUsage()]
  const result = await work()
  const used = process.cpuUsage(cpu)
  return { result, seconds: (performance.now() - start) / 1000, cpu: (used.user + used.system) / 1e6 }
}

async function measure(): Promise<void> {
  // Written by a process of its own, whose memory does not count here.
  execFileSync(process.execPath, [import.meta.filename, size, file])
  await using source = await openFile(file)
  const scan = await timed(() => scanPickle(source))
  const peak = process.resourceUsage().maxRSS >> 10
  const plain = await timed(floor)
  if (!scan.result.pickles[0]?.complete) throw new Error('the stream was not read to its end')
  const opcodes = plain.result
  console.log(`${(source.size / MB).toFixed(0)} MB, ${(opcodes / MB).toFixed(1)} million opcodes`)
  console.log(`plain loop  ${rate(source.size, opcodes, plain)}`)
  console.log(`machine     ${rate(source.size, opcodes, scan)}`)
  console.log(`ratio ${(scan.cpu / plain.cpu).toFixed(2)}, peak ${peak} MiB`)
}

if (target) write()
else {
  try {
    await measure()
  } finally {
    rmSync(file, { force: true })
  }
}
