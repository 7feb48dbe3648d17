// `npm run bench:data`: tables against the figures of the data issue. A JSONL and a Parquet file of text read with `--rows all`, every
// detector on, and a CSV of a million rows, each by one worker; beside it the floor, a bare loop of read and SHA-256 over the same
// file. Sizes in MiB by WEIGHMASTER_BENCH_MIB (1024), rows of the CSV by WEIGHMASTER_BENCH_ROWS (1,000,000). The files are in a
// temporary folder and go with it; nothing here fails a build.
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileWriter, ParquetWriter } from 'hyparquet-writer'
import { BIN, run } from './measure.ts'

const MIB = 1024 * 1024
const SIZE = Number(process.env.WEIGHMASTER_BENCH_MIB ?? 1024) * MIB
const ROWS = Number(process.env.WEIGHMASTER_BENCH_ROWS ?? 1_000_000)
const WORDS =
  'the of and to in is that for it as was with be by on not he this are or his from at which but have an had they you were'.split(
    ' ',
  )

/** Prose of a fixed generator: every run makes the same files. */
function* sentences(): Generator<string, never> {
  let state = 1
  for (;;) {
    const words: string[] = []
    for (let i = 0; i < 80; i++) {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0
      const word = WORDS[(state >>> 16) % WORDS.length] ?? ''
      words.push(i % 13 === 12 ? `${word}${state % 9973}.` : word)
    }
    yield words.join(' ')
  }
}

function written(file: string, write: (put: (text: string) => void) => void): string {
  const descriptor = openSync(file, 'w')
  let held: string[] = []
  const flush = () => {
    writeSync(descriptor, held.join(''))
    held = []
  }
  write((text) => {
    held.push(text)
    if (held.length > 4000) flush()
  })
  flush()
  closeSync(descriptor)
  return file
}

const jsonl = (file: string) =>
  written(file, (put) => {
    const text = sentences()
    for (let i = 0, size = 0; size < SIZE; i++) {
      const line = `${JSON.stringify({ id: i, prompt: text.next().value, answer: text.next().value, label: i % 7 })}\n`
      size += line.length
      put(line)
    }
  })

const csv = (file: string) =>
  written(file, (put) => {
    const text = sentences()
    put('id,text,score,label\n')
    for (let i = 0; i < ROWS; i++) put(`${i},"${text.next().value.slice(0, 120)}",${i / 7},${i % 3}\n`)
  })

async function parquet(file: string): Promise<string> {
  const text = sentences()
  const schema = [
    { name: 'root', num_children: 2 },
    {
      name: 'text',
      type: 'BYTE_ARRAY' as const,
      converted_type: 'UTF8' as const,
      repetition_type: 'REQUIRED' as const,
    },
    { name: 'label', type: 'INT32' as const, repetition_type: 'REQUIRED' as const },
  ]
  const table = new ParquetWriter({ writer: fileWriter(file), schema })
  const GROUP = 20_000
  for (let size = 0, first = 0; size < SIZE; first += GROUP) {
    const data = Array.from({ length: GROUP }, () => text.next().value)
    for (const value of data) size += value.length
    const label = Int32Array.from({ length: GROUP }, (_, i) => (first + i) % 5)
    const columnData = [
      { name: 'text', data },
      { name: 'label', data: label },
    ]
    await table.write({ columnData, rowGroupSize: GROUP })
  }
  await table.finish()
  return file
}

const scratch = mkdtempSync(path.join(tmpdir(), 'weighmaster-bench-data-'))
const FLOOR = path.join(import.meta.dirname, 'floor.ts')
try {
  for (const [name, make] of [
    ['jsonl', jsonl],
    ['parquet', parquet],
    ['csv', csv],
  ] as const) {
    const file = await make(path.join(scratch, `table.${name}`))
    const floor = await run(FLOOR, [file])
    const all = await run(BIN, ['scan', file, '--rows', 'all', '--jobs', '1', '-q'])
    const sample = await run(BIN, ['scan', file, '--jobs', '1', '-q'])
    const decoded = name === 'parquet' ? SIZE : statSync(file).size
    const rate = decoded / MIB / all.seconds
    console.log(
      [
        `${name}: ${Math.round(statSync(file).size / MIB)} MiB, ${Math.round(decoded / MIB)} MiB decoded`,
        `all rows ${all.seconds.toFixed(1)} s (${rate.toFixed(0)} MiB/s, ${(all.seconds / floor.seconds).toFixed(1)} times the floor), peak ${all.peakMiB.toFixed(0)} MiB`,
        `sample ${sample.seconds.toFixed(1)} s, exit ${all.status}`,
      ].join('; '),
    )
  }
} finally {
  rmSync(scratch, { recursive: true })
}
