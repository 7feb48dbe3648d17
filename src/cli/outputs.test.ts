import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { UsageError } from '../model/trouble.ts'
import { checkWritable, writeAtomically } from './outputs.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'weighmaster-outputs-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const output = (name: string) => ({ format: 'json', file: path.join(folder, name) }) as const

describe('writeAtomically', () => {
  it('writes pieces in order, over what was there', async () => {
    writeFileSync(output('r.json').file, 'a longer text that was there before')
    const pieces = Array.from({ length: 30_000 }, (_, i) => `${i}\n`)
    await writeAtomically(output('r.json'), pieces)
    expect(readFileSync(output('r.json').file, 'utf8')).toBe(pieces.join(''))
    expect(readdirSync(folder)).toEqual(['r.json'])
  })

  it('leaves what was there, and nothing else, if the report breaks off', async () => {
    writeFileSync(output('r.json').file, 'old')
    function* broken(): Generator<string> {
      yield 'x'.repeat(200_000)
      throw new Error('out of ink')
    }
    await expect(writeAtomically(output('r.json'), broken())).rejects.toThrow(/r\.json: .*out of ink/)
    expect(readFileSync(output('r.json').file, 'utf8')).toBe('old')
    expect(readdirSync(folder)).toEqual(['r.json'])
  })

  it('writes to devices directly', async () => {
    await writeAtomically({ format: 'text', file: '/dev/null' }, ['x'])
  })
})

describe('checkWritable', () => {
  it('leaves no trace where all is well', async () => {
    writeFileSync(output('old.json').file, 'old')
    await checkWritable([output('old.json'), output('new.json')])
    expect(readdirSync(folder)).toEqual(['old.json'])
  })

  it.each([
    ['missing/r.json', /its folder does not exist; make it first/],
    ['sub', /is a folder; name a file in it/],
    ['file/r.json', /its folder is a file/],
  ])('%s cannot be written', async (name, why) => {
    mkdirSync(path.join(folder, 'sub'))
    writeFileSync(path.join(folder, 'file'), '')
    const error = await checkWritable([output(name)]).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(UsageError)
    expect(String(error)).toMatch(why)
  })
})
