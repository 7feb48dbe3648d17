import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { licenceId } from './identifiers.ts'
import { recogniseLicence } from './texts.ts'

const MODULES = path.join(import.meta.dirname, '..', '..', '..', 'node_modules')

describe('licence texts', () => {
  it.each([
    ['commander', 'LICENSE', 'MIT'],
    ['@sigstore/core', 'LICENSE', 'Apache-2.0'],
    ['smol-toml', 'LICENSE', 'BSD-3-Clause'],
    ['yaml', 'LICENSE', 'ISC'],
  ])('knows that of %s', (name, file, id) => {
    const text = path.join(MODULES, name, file)
    expect(existsSync(text)).toBe(true)
    expect(recogniseLicence(readFileSync(text, 'utf8'))).toEqual({ id, modified: false })
  })

  it('sees terms that were added', () => {
    const text = readFileSync(path.join(MODULES, 'commander', 'LICENSE'), 'utf8')
    expect(recogniseLicence(`For non-commercial use only.\n${text}`)).toEqual({ id: 'MIT', modified: true })
    expect(recogniseLicence('All rights reserved.')).toBeUndefined()
  })
})

describe('licence identifiers', () => {
  it.each([
    ['apache-2.0', 'Apache-2.0', 'spdx'],
    ['gpl-3.0', 'GPL-3.0-only', 'spdx'],
    ['MIT OR Apache-2.0', 'MIT OR Apache-2.0', 'spdx'],
    ['llama3.1', 'llama3.1', 'hub'],
    ['other', 'other', 'other'],
    ['cc', 'cc', 'unknown'],
    ['mine', 'mine', 'unknown'],
  ])('%s is %s (%s)', async (declared, id, form) => expect(await licenceId(declared)).toEqual({ id, form }))
})
