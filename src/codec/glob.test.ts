import { expect, test } from 'vitest'
import { Glob } from './glob.ts'

test.each([
  ['models/a.pt', 'models/a.pt', true],
  ['./models/a.pt', 'models/a.pt', true],
  ['models/a.pt', './models/a.pt', true],
  ['a.pt', 'models/a.pt', false],
  ['a.pt', 'evil.zip!/a.pt', false],
  ['models/a.zip', 'models/a.zip!/data.pkl', false],
  ['models/*.pt', 'models/a.pt', true],
  ['models/*.pt', 'models/sub/a.pt', false],
  ['models/*', 'models/a.zip!/x', false],
  ['models/**', 'models/sub/a.zip!/x', true],
  ['models/**', 'modelsx/a', false],
  ['**/a.pt', 'a.pt', true],
  ['**/a.pt', 'x/y/a.pt', true],
  ['**/a.pt', 'x/ya.pt', false],
  ['models/**/a.pt', 'models/a.pt', true],
  ['a?.pt', 'ab.pt', true],
  ['a?.pt', 'a/.pt', false],
  ['a[0-9].pt', 'a7.pt', true],
  ['a[!0-9].pt', 'a7.pt', false],
  ['a[!0-9]b', 'a/b', false],
  ['{a,b/*}.pt', 'b/x.pt', true],
  ['{a,b}.pt', 'c.pt', false],
  ['a,b', 'a,b', true],
  ['a.pt', 'aXpt', false],
  ['(a|b)+', 'a', false],
  ['(a|b)+', '(a|b)+', true],
  ['a\\*', 'a*', true],
  ['a\\*', 'ab', false],
  ['weird[1].pt', 'weird[1].pt', true],
  ['weird[1].pt', 'weird1.pt', true],
  ['a%0A*', 'a%0Ab', true],
  ['mödel*.pt', 'mödel😀.pt', true],
  ['m?.pt', 'm😀.pt', true],
])('%s on %s: %s', (glob, path, expected) => {
  expect(new Glob(glob).matches(path)).toBe(expected)
})

test('a hostile path and a costly glob are matched in linear time', () => {
  const glob = new Glob(`**/${'*a'.repeat(20)}b`)
  expect(glob.matches('a'.repeat(50_000))).toBe(false)
})
