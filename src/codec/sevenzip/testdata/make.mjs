// Writes the archives beside this file with 7-Zip itself: in an empty folder `npm install 7z-wasm@1.2.0`, copy this
// file there and run `node make.mjs OUT`.
import { mkdirSync, writeFileSync } from 'node:fs'
import SevenZip from '7z-wasm'

const out = process.argv[2]
mkdirSync(out, { recursive: true })

const WORDS =
  'weight|bias|layer|norm|attn|0.125|-1.5|\n|{|}|q_proj|k_proj|v|o|mlp|up|down|gate|embed|lm_head|float16|torch|shape|4096|11008|:|,|[|]| |\t|data'.split(
    '|',
  )

function words(length) {
  const parts = []
  let x = 1
  for (let got = 0; got < length; got += parts.at(-1).length) {
    x = (Math.imul(x, 1103515245) + 12345) & 0x7fffffff
    parts.push(WORDS[(x >> 16) & 31])
  }
  return Buffer.from(parts.join('')).subarray(0, length)
}

async function make(name, args, files) {
  const quiet = { print: () => {}, printErr: () => {} }
  const { FS, callMain } = await SevenZip(quiet)
  for (const [path, content] of Object.entries(files)) {
    const folder = path.split('/').slice(0, -1).join('/')
    if (folder) FS.mkdirTree(folder)
    if (typeof content === 'string') FS.symlink(content, path)
    else FS.writeFile(path, content)
  }
  callMain(['a', ...args, 'out.7z', ...Object.keys(files)])
  writeFileSync(`${out}/${name}.7z`, FS.readFile('out.7z'))
}

const small = { 'a/words.txt': words(3000), 'b/one': Buffer.from('x'), empty: Buffer.alloc(0) }
const large = {
  'a/words.txt': words(70_000),
  'a/big.bin': Buffer.concat([words(20_000), Buffer.alloc(4_960_000), words(20_000)]),
  empty: Buffer.alloc(0),
  'b/one': Buffer.from('x'),
  'ünï/ñame.json': Buffer.from('{"a": 1}'),
}

await make('lzma2', [], large)
await make('lzma', ['-m0=lzma'], large)
await make('solid-off', ['-ms=off', '-m0=lzma2'], small)
await make('copy', ['-mx=0'], small)
await make('bzip2', ['-m0=bzip2'], small)
await make('deflate', ['-m0=deflate'], small)
await make('deflate64', ['-m0=deflate64'], small)
await make('ppmd', ['-m0=ppmd'], small)
await make('bcj', ['-m0=bcj', '-m1=lzma2'], small)
await make('delta', ['-m0=delta:4', '-m1=lzma'], small)
await make('arm', ['-m0=arm', '-m1=lzma'], small)
await make('plain-header', ['-mhc=off'], small)
await make('aes', ['-psecret'], small)
await make('aes-header', ['-psecret', '-mhe=on'], small)
await make('link', ['-snl'], { evil: '../../etc/passwd', evil2: 'b/one', 'b/one': Buffer.from('x') })
