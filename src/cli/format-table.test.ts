import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { FORMATS } from '../inspect/formats.ts'
import { INSPECTORS } from '../inspect/registry.ts'
import { formatMarkdown, formatRows, formatText } from './format-table.ts'

describe('the table of formats', () => {
  it('has every inspector of the registry, and no other', () => {
    expect(Object.keys(FORMATS).toSorted()).toEqual(INSPECTORS.map((i) => i.id).toSorted())
    expect(formatRows().length).toBe(INSPECTORS.length)
  })

  it('is what docs/formats.md says', () => {
    const file = path.join(import.meta.dirname, '..', '..', 'docs', 'formats.md')
    const hint = 'run: weighmaster formats --format markdown > docs/formats.md'
    expect(readFileSync(file, 'utf8'), hint).toBe(formatMarkdown())
  })

  it('says of what is only recognised that it is', () => {
    expect(formatText()).toMatch(/tensorrt +recognised only +TensorRT engines/)
  })
})
