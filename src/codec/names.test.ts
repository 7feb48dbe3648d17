import { describe, expect, test } from 'vitest'
import { blurName, decodeName, likeness, linkTarget, nameIssues } from './names.ts'

describe('names', () => {
  test.each([
    ['archive/data.pkl', []],
    ['usr/lib/libc.so.6', []],
    ['../x', ['traversal']],
    ['a/../../x', ['traversal']],
    ['a/../x', ['dot-dot']],
    ['/etc/passwd', ['absolute']],
    ['C:\\x', ['drive', 'backslash']],
    ['\\\\server\\share', ['unc', 'backslash']],
    ['..\\x', ['traversal', 'backslash']],
    ['a\0.pkl', ['nul']],
    ['Icon\r', ['control']],
    ['exe.\u202etxt', ['bidi']],
    ['lib/aux.c', ['reserved']],
    ['Foo::Bar.3pm', ['colon']],
    ['folder./x', ['trailing']],
    ['', ['empty']],
    ['x'.repeat(300), ['too-long']],
  ])('%j', (name, issues) => {
    expect(nameIssues(name)).toEqual(issues)
  })

  test('bytes that are no UTF-8 keep every byte', () => {
    expect(decodeName(Uint8Array.of(0x61, 0xe9))).toBe('a\u00e9')
    expect(decodeName(new TextEncoder().encode('aé'))).toBe('aé')
  })

  test.each([
    ['a/b', 'a/b', 'exact'],
    ['a/Data.pkl', 'a/data.PKL', 'case'],
    ['e\u0301', '\u00e9', 'unicode'],
    ['a\\b', 'a/b', 'separator'],
    ['./a/b', 'a//b', 'dot'],
    ['a/b. ', 'a/b', 'trailing'],
    ['a\0b', 'a', 'nul'],
    ['./A', 'a', 'several'],
  ])('%j and %j are alike in %s', (a, b, kind) => {
    expect(blurName(a)).toBe(blurName(b))
    expect(likeness(a, b)).toBe(kind)
  })

  test('a symlink is read from its folder, a hard link from the root', () => {
    expect(linkTarget('../../blobs/x', 'models/snapshots/main/x', 'symbolic')).toBe('inside')
    expect(linkTarget('../../../../x', 'models/snapshots/main/x', 'symbolic')).toBe('escapes')
    expect(linkTarget('../x', 'a/b/c', 'hard')).toBe('escapes')
    expect(linkTarget('/etc', 'a', 'symbolic')).toBe('absolute')
  })
})
