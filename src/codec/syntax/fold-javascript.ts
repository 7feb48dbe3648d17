import { DECODERS, type Decoder, decoded, utf8 } from './decoders.ts'
import { JAVASCRIPT_BUILTINS, JAVASCRIPT_EFFECTS } from './effects-javascript.ts'
import { variable } from './fold-python.ts'
import { foldTextMethod } from './fold-text.ts'
import { argument, type CallSite, type Dialect, type Machine } from './machine.ts'
import { joined, LABEL, labelled, taintOf, text, UNKNOWN, type Value } from './values.ts'

const DECODING: Readonly<Record<string, Decoder>> = {
  atob: DECODERS.base64,
  'window.atob': DECODERS.base64,
  unescape: DECODERS.url,
  'zlib.inflateSync': DECODERS.zlib,
  'zlib.inflateRawSync': DECODERS.deflate,
  'zlib.unzipSync': DECODERS.zlib,
  'zlib.gunzipSync': DECODERS.gzip,
  'zlib.brotliDecompressSync': DECODERS.brotli,
  'crypto.createDecipheriv.update': DECODERS.cipher,
  'CryptoJS.AES.decrypt': DECODERS.cipher,
  'crypto-js.AES.decrypt': DECODERS.cipher,
}

/** Names of the object whose members are the global names. */
const GLOBALS = new Set(['globalThis', 'global', 'window', 'self', 'globalThis.global', 'global.global'])

const SAME = new Set(
  `String Buffer.from Buffer TextDecoder.decode path.resolve path.normalize Object.freeze Promise.resolve Array.from
   util.promisify Object.assign structuredClone decodeURIComponent decodeURI fileURLToPath url.fileURLToPath`
    .trim()
    .split(/\s+/),
)

const MUTE = new Set(
  'Number Boolean Array.isArray fs.existsSync fs.statSync Date.now Math.random Object.keys console.log console.error'.split(
    ' ',
  ),
)

export const JAVASCRIPT: Dialect = {
  language: 'javascript',
  effects: JAVASCRIPT_EFFECTS,
  builtins: JAVASCRIPT_BUILTINS,
  assignsOuter: true,
  fold,
  index,
  member,
}

function fold(site: CallSite, machine: Machine): Value | undefined {
  const { name } = site
  const [a, b] = [argument(site, 0), argument(site, 1)]
  if (name === undefined) return method(site)
  const decoder = Object.hasOwn(DECODING, name) ? DECODING[name] : undefined
  if (decoder && a) return decoded(decoder, a, name === 'unescape' ? 0 : LABEL.decoded, name !== 'atob')
  if (MUTE.has(name)) return UNKNOWN
  switch (name) {
    case 'require':
    case 'import':
    case 'process.mainModule.require':
    case 'module.require':
    case 'module.createRequire':
      return moduleOf(name, a)
    case 'String.fromCharCode':
    case 'String.fromCodePoint':
      return fromCodes(site)
    case 'Buffer.from':
      return buffer(a, b)
    case 'parseInt':
      return parsed(a, b)
    case 'os.homedir':
      return text('~')
    case 'os.tmpdir':
      return text('/tmp')
    case 'path.join':
    case 'path.resolve':
      return pathOf(site)
    case 'Reflect.get':
      return a?.path !== undefined && typeof b?.constant === 'string' ? index(a, b) : undefined
    case 'JSON.stringify':
    case 'JSON.parse':
      return a?.path === 'process.env' ? { labels: LABEL['whole-environment'] } : taintOf(a ? [a] : [])
    default:
      return SAME.has(name) && a ? { ...a } : (called(site, machine) ?? method(site))
  }
}

function moduleOf(name: string, a: Value | undefined): Value | undefined {
  if (name === 'module.createRequire') return { path: 'require', labels: 0 }
  if (typeof a?.constant !== 'string') return undefined
  const marks = { ...(a.hidden ? { hidden: true } : {}), ...(a.pieced ? { pieced: true, bound: [] } : {}) }
  return { path: a.constant.replace(/^node:/, ''), labels: 0, ...marks }
}

/** `f.call(this, x)`, `f.apply(this, [x])`, `f.bind(this)`, and `Function('…')()`. */
function called(site: CallSite, machine: Machine): Value | undefined {
  const { receiver, method: name, args } = site
  if (receiver?.path === undefined && !receiver?.fn) return undefined
  if (name === 'call')
    return machine.apply(
      receiver,
      args.slice(1).map((g) => g.value),
      site,
    )
  if (name === 'apply') return machine.apply(receiver, args[1]?.value.items ?? [], site)
  if (name === 'bind')
    return { ...receiver, ...(args.length > 1 ? { bound: args.slice(1).map((g) => g.value) } : {}) }
  return undefined
}

function fromCodes(site: CallSite): Value | undefined {
  const codes = site.args.flatMap((a) => (a.spread && a.value.items ? a.value.items : [a.value]))
  if (codes.length === 0 || !codes.every((c) => typeof c.constant === 'number')) return taintOf(codes)
  const constant = codes.map((c) => String.fromCharCode(Number(c.constant))).join('')
  return { constant, labels: taintOf(codes).labels, hidden: true }
}

function buffer(a: Value | undefined, encoding: Value | undefined): Value | undefined {
  if (!a) return undefined
  if (encoding?.constant === 'base64' || encoding?.constant === 'base64url') {
    return decoded(DECODERS.base64, a, LABEL.decoded, true)
  }
  if (encoding?.constant === 'hex') return decoded(DECODERS.hex, a, LABEL.decoded, true)
  if (a.items?.length && a.items.every((i) => typeof i.constant === 'number')) {
    const constant = Buffer.from(a.items.map((i) => Number(i.constant) & 0xff)).toString('latin1')
    return { constant, bytes: true, hidden: true, labels: a.labels }
  }
  return a
}

function parsed(a: Value | undefined, base: Value | undefined): Value {
  const number = Number.parseInt(String(a?.constant ?? ''), Number(base?.constant ?? 10))
  return Number.isSafeInteger(number) ? text(number) : UNKNOWN
}

function pathOf(site: CallSite): Value {
  const parts = site.args.map((a) => a.value).filter((v) => v.path !== '__dirname')
  const { pieced: _pieced, ...whole } = joined(parts.flatMap((p, i) => (i === 0 ? [p] : [text('/'), p])))
  return whole
}

function method(site: CallSite): Value | undefined {
  const { receiver, method: name } = site
  if (!receiver || name === undefined) return undefined
  const a = argument(site, 0)
  if (name === 'toString' && receiver.bytes) {
    return a?.constant === 'latin1' || a?.constant === 'binary'
      ? { ...receiver, bytes: false }
      : utf8(receiver)
  }
  // A regular expression is no constant to us: what it takes out of a text is not followed.
  if (name === 'map' && receiver.items && a?.path === 'String.fromCharCode') {
    const items = receiver.items.map((i) =>
      typeof i.constant === 'number' ? { ...i, constant: String.fromCharCode(i.constant), hidden: true } : i,
    )
    return { ...receiver, items }
  }
  return foldTextMethod(site)
}

function index(object: Value, key: Value): Value | undefined {
  const { path } = object
  if (path === undefined || typeof key.constant !== 'string') {
    return path === 'process.env' ? { labels: LABEL.environment } : undefined
  }
  if (path === 'process.env') return variable(key)
  if (!GLOBALS.has(path)) return undefined
  const marks = { ...(key.hidden ? { hidden: true } : {}), ...(key.pieced ? { pieced: true } : {}) }
  return { path: key.constant, labels: 0, bound: [], ...marks }
}

function member(path: string): Value | undefined {
  const global = /^(?:globalThis|global|window|self)\.(\w+)$/.exec(path)?.[1]
  if (global !== undefined) return { path: global, labels: 0 }
  if (path === 'process.env') return { path, labels: LABEL['whole-environment'] }
  const named = /^process\.env\.(\w+)$/.exec(path)?.[1]
  if (named !== undefined) return variable(text(named))
  // The constructor of any function makes functions of text.
  if (/\.constructor\.constructor$/.test(path))
    return { path: 'Function', labels: 0, hidden: true, bound: [] }
  if (path === 'process.stdin') return { path, labels: LABEL.stdin }
  // `import fs from 'node:fs'` and `import * as fs` reach the same things.
  const inner = /^([\w@/.-]+)\.default$/.exec(path)?.[1]
  return inner === undefined ? undefined : labelled({ path: inner, labels: 0 }, UNKNOWN)
}
