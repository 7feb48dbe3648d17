import { describe, expect, it } from 'vitest'
import { openFile } from '../../bytes/file.ts'
import { programEnd } from './extent.ts'
import { executable } from './formats.ts'

const bytes = (digits: string, size = 128) => {
  const whole = new Uint8Array(size)
  whole.set(Buffer.from(digits.replaceAll(' ', ''), 'hex'))
  return whole
}

describe('executable', () => {
  it('recognises the program that runs this test, whole', async () => {
    await using file = await openFile(process.execPath)
    const found = executable(await file.read(0, 65_536))
    expect(found?.role).toBe('program')
    if (found) {
      const end = await programEnd(found.format, file)
      expect(end).toBeGreaterThan(file.size * 0.9)
      expect(end).toBeLessThanOrEqual(file.size)
    }
  })

  it.each([
    ['#!/bin/sh\n', 'sh'],
    ['#! /usr/bin/python3 -u\n', 'python3'],
    ['#!/usr/bin/env -S A=1 bash -e\r\n', 'bash'],
  ])('names the interpreter of %j', (line, interpreter) => {
    expect(executable(new TextEncoder().encode(line))).toMatchObject({ format: 'script', interpreter })
  })

  it.each([
    ['wasm', '00 61 73 6d 01 00 00 00'],
    ['java-class', 'ca fe ba be 00 00 00 34 00 10'],
    ['macho-fat', 'ca fe ba be 00 00 00 02 01 00 00 07'],
    ['macho', 'cf fa ed fe 07 00 00 01 03 00 00 00 06 00 00 00'],
  ])('recognises %s', (format, digits) => {
    expect(executable(bytes(digits))?.format).toBe(format)
  })

  it.each([
    ['ELF of an unknown class', '7f 45 4c 46 09 01 01'],
    ['letters of a PE without header', '4d 5a 90 00'],
    ['Mach-O of an unknown kind', 'cf fa ed fe 07 00 00 01 03 00 00 00 ff 00 00 00'],
    ['class file of version 3', 'ca fe ba be 00 00 00 00'],
    ['hash and exclamation mark', '23 21 20 21'],
  ])('is not taken in by %s', (_, digits) => {
    expect(executable(bytes(digits))).toBeUndefined()
  })
})
