import { describe, expect, it } from 'vitest'
import { parseReference, referenceName, referenceText } from './reference.ts'
import { UsageError } from './trouble.ts'

const A = 'a'.repeat(64)

describe('parseReference', () => {
  it.each([
    ['hf:org/name@main', 'hf:org/name@main', 'org/name'],
    ['hf:gpt2', 'hf:gpt2', 'gpt2'],
    ['hf://datasets/a/b@refs/pr/1', 'hf:datasets/a/b@refs/pr/1', 'a/b'],
    ['https://huggingface.co/spaces/a/b/tree/v1', 'hf:spaces/a/b@v1', 'a/b'],
    ['https://hf.co/a/b', 'hf:a/b', 'a/b'],
    ['ollama:llama3', 'ollama:llama3:latest', 'llama3'],
    ['ollama:localhost:11434/me/x:1', 'ollama:localhost:11434/me/x:1', 'me/x'],
    [`oci:ghcr.io/a/b:v1@sha256:${A}`, `oci:ghcr.io/a/b:v1@sha256:${A}`, 'b'],
    ['oci:127.0.0.1:5000/a:1', 'oci:127.0.0.1:5000/a:1', 'a'],
    ['npm:@a/b@1.0.0', 'npm:@a/b@1.0.0', '@a/b'],
    ['npm:left', 'npm:left', 'left'],
    ['pypi:Foo_Bar==1.0', 'pypi:foo-bar==1.0', 'foo-bar'],
    ['git+https://github.com/a/b.git@abc', 'git+https://github.com/a/b.git@abc', 'a/b'],
    ['git+https://github.com/a/b@feature/x', 'git+https://github.com/a/b@feature/x', 'a/b'],
    [`https://x.org/d/m.gguf#sha256=${A}`, `https://x.org/d/m.gguf#sha256=${A}`, 'm.gguf'],
    ['file:./a b/c', 'file:./a b/c', 'c'],
    ['pkg:huggingface/a/b@abc', 'hf:a/b@abc', 'a/b'],
    ['pkg:npm/%40a/b@1.0.0', 'npm:@a/b@1.0.0', '@a/b'],
    ['pkg:pypi/foo@1.0', 'pypi:foo==1.0', 'foo'],
    ['pkg:github/a/b@v1', 'git+https://github.com/a/b@v1', 'a/b'],
    [`pkg:oci/b@sha256:${A}?repository_url=ghcr.io/a/b`, `oci:ghcr.io/a/b@sha256:${A}`, 'b'],
    [
      `pkg:generic/m?download_url=https://x.org/m.bin&checksum=sha256:${A}`,
      `https://x.org/m.bin#sha256=${A}`,
      'm.bin',
    ],
  ])('%s', (text, canonical, name) => {
    const reference = parseReference(text)
    expect(referenceText(reference)).toBe(canonical)
    expect(referenceName(reference)).toBe(name)
    expect(parseReference(canonical)).toEqual(reference)
  })

  it.each([
    ['org/name', /no scheme; write one of hf:/],
    ['s3://bucket/x', /unknown scheme 's3:'/],
    ['hf:../../etc', /malformed: write hf:org\/name/],
    ['hf:a/b/c', /malformed/],
    ['hf:a/b@', /malformed/],
    ['hf:a/b@../../x', /malformed/],
    ['hf:a/b@main\u202e', /invisible/],
    ['hf:a/ b', /white space/],
    ['https://huggingface.co/a/b/resolve/main/x.bin', /one file of a repository/],
    ['https://x.org/m.bin', /without a digest nothing pins/],
    ['http://x.org/m.bin#sha256=00', /https/],
    [`https://u:p@x.org/m.bin#sha256=${A}`, /password/],
    ['oci:ghcr.io/a/b', /sha256/],
    ['oci:ghcr.io/A/b:1', /malformed/],
    ['ollama:../x:1', /malformed/],
    ['npm:../x@1', /malformed/],
    ['pypi:foo>=1', /pypi:package==version/],
    ['git+https://github.com', /malformed/],
    ['pkg:cargo/serde@1', /purl of type cargo/],
    ['pkg:', /no purl/],
    [`hf:a/${'b'.repeat(3000)}`, /more than 2048/],
  ])('%s is refused in words', (text, why) => {
    expect(() => parseReference(text)).toThrow(UsageError)
    expect(() => parseReference(text)).toThrow(why)
  })
})
