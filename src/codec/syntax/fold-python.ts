import { DECODERS, type Decoder, decoded, utf8, utf8Bytes } from './decoders.ts'
import { PYTHON_BUILTINS, PYTHON_EFFECTS } from './effects-python.ts'
import { foldTextMethod } from './fold-text.ts'
import { argument, type CallSite, type Dialect, type Machine } from './machine.ts'
import { FOLDER_VARIABLES, isSecretName } from './places.ts'
import { joined, LABEL, labelled, taintOf, text, UNKNOWN, type Value } from './values.ts'

const DECODING: Readonly<Record<string, Decoder>> = {
  'base64.b64decode': DECODERS.base64,
  'base64.standard_b64decode': DECODERS.base64,
  'base64.urlsafe_b64decode': DECODERS.base64,
  'base64.decodebytes': DECODERS.base64,
  'base64.decodestring': DECODERS.base64,
  'base64.b32decode': DECODERS.base32,
  'base64.b16decode': DECODERS.hex,
  'base64.b85decode': DECODERS.base85,
  'base64.a85decode': DECODERS.base85,
  'binascii.a2b_base64': DECODERS.base64,
  'binascii.unhexlify': DECODERS.hex,
  'binascii.a2b_hex': DECODERS.hex,
  'bytes.fromhex': DECODERS.hex,
  'bytearray.fromhex': DECODERS.hex,
  'zlib.decompress': DECODERS.zlib,
  'gzip.decompress': DECODERS.gzip,
  'bz2.decompress': DECODERS.bzip2,
  'lzma.decompress': DECODERS.lzma,
  'marshal.loads': DECODERS.marshal,
  'cryptography.fernet.Fernet.decrypt': DECODERS.cipher,
}

const CODECS: Readonly<Record<string, Decoder>> = {
  rot13: DECODERS.rot13,
  'rot-13': DECODERS.rot13,
  base64: DECODERS.base64,
  hex: DECODERS.hex,
  zlib: DECODERS.zlib,
  zip: DECODERS.zlib,
  'base64-codec': DECODERS.base64,
  'hex-codec': DECODERS.hex,
}

/** Functions that give their first argument back, or the same in another wrapping. */
const SAME = new Set(
  `str bytes bytearray list tuple memoryview compile io.BytesIO io.StringIO os.path.expanduser os.path.abspath os.path.realpath
   os.path.normpath os.path.expandvars os.fspath textwrap.dedent copy.copy copy.deepcopy pathlib.Path pathlib.PurePath
   pathlib.PosixPath shlex.quote shlex.split iter sorted builtins.compile ast.parse pathlib.Path.expanduser pathlib.Path.resolve
   pathlib.Path.absolute pathlib.Path.as_posix json.loads json.dumps dict os.fsencode os.fsdecode`
    .trim()
    .split(/\s+/),
)

/** What says nothing of its argument any more. */
const MUTE = new Set(
  'len int float bool isinstance issubclass hash id type hasattr callable range enumerate print any all os.path.exists os.path.isfile os.path.isdir'.split(
    ' ',
  ),
)

export const PYTHON: Dialect = {
  language: 'python',
  effects: PYTHON_EFFECTS,
  builtins: PYTHON_BUILTINS,
  assignsOuter: false,
  fold,
  index,
  member,
}

function fold(site: CallSite, machine: Machine): Value | undefined {
  const { name } = site
  if (name === undefined) return method(site, machine)
  const decoder = Object.hasOwn(DECODING, name) ? DECODING[name] : undefined
  const [first] = site.args
  if (decoder) return decoded(decoder, pureBytes(first?.value ?? UNKNOWN), LABEL.decoded, true)
  if (MUTE.has(name)) return name === 'int' ? integer(site) : UNKNOWN
  return reflection(site) ?? library(site, machine) ?? method(site, machine)
}

function pureBytes(value: Value): Value {
  return value.bytes ? value : { ...utf8Bytes(value) }
}

function integer(site: CallSite): Value {
  const [value, base] = [argument(site, 0)?.constant, argument(site, 1)?.constant]
  const number =
    typeof value === 'string' ? Number.parseInt(value, Number(base ?? 10)) : Number(value ?? Number.NaN)
  return Number.isSafeInteger(number) ? text(number) : UNKNOWN
}

/** Calls that give a name: `getattr`, `__import__`, `globals()`. */
function reflection(site: CallSite): Value | undefined {
  const { name } = site
  const [a, b] = [argument(site, 0), argument(site, 1)]
  switch (name) {
    case 'getattr':
    case 'builtins.getattr':
    case 'object.__getattribute__':
      if (a?.path === undefined || typeof b?.constant !== 'string') return undefined
      return { ...member(`${a.path}.${b.constant}`), ...named(`${a.path}.${b.constant}`, b) }
    case '__import__':
    case 'builtins.__import__':
    case 'importlib.__import__':
    case 'importlib.import_module':
      if (typeof a?.constant !== 'string') return undefined
      // `__import__('a.b')` gives `a`.
      return named(name === 'importlib.import_module' ? a.constant : (a.constant.split('.')[0] ?? ''), a)
    case 'operator.attrgetter':
    case 'operator.methodcaller':
      return typeof a?.constant === 'string' ? { labels: 0, bound: [a], path: name } : undefined
    case 'globals':
    case 'locals':
    case 'vars':
      return a?.path ? { labels: 0, path: `${a.path}.__dict__` } : { labels: 0, path: 'globals()' }
    default:
      return undefined
  }
}

function named(path: string, by: Value): Value {
  const hidden = by.hidden ? { hidden: true } : {}
  return { path, labels: 0, ...hidden, ...(by.pieced ? { pieced: true } : {}), bound: [] }
}

function library(site: CallSite, machine: Machine): Value | undefined {
  const { name = '' } = site
  const [a, b] = [argument(site, 0), argument(site, 1)]
  switch (name) {
    case 'chr':
    case 'unichr':
      return typeof a?.constant === 'number' && a.constant < 0x110000
        ? { constant: String.fromCodePoint(a.constant), labels: a.labels, hidden: true }
        : undefined
    case 'ord':
      return typeof a?.constant === 'string' ? text(a.constant.codePointAt(0) ?? 0) : undefined
    case 'bytes':
    case 'bytearray':
      return fromNumbers(a) ?? (a && labelled({ ...utf8Bytes(a) }, a))
    case 'reversed':
      return reversed(a)
    case 'map':
      return mapped(site, machine)
    case 'codecs.decode': {
      const codec =
        typeof b?.constant === 'string' ? CODECS[b.constant.toLowerCase().replaceAll('_', '-')] : undefined
      return codec && a ? decoded(codec, a, LABEL.decoded, codec !== DECODERS.rot13) : a && utf8(a)
    }
    case 'os.path.join':
    case 'pathlib.Path.joinpath':
    case 'pathlib.Path':
    case 'posixpath.join':
      return pathOf(site, name === 'os.path.join' || name === 'posixpath.join' ? undefined : 'pathlib.Path()')
    case 'pathlib.Path.home':
      return { constant: '~', labels: 0, path: 'pathlib.Path()' }
    case 'os.getenv':
    case 'os.environ.get':
    case 'os.environ.pop':
    case 'os.environ.__getitem__':
      return variable(a)
    case 'os.environ.copy':
    case 'os.environ.items':
    case 'os.environ.values':
      return { labels: LABEL['whole-environment'] }
    case 'functools.partial':
      return a && { ...a, bound: site.args.slice(1).map((g) => g.value) }
    case 'tempfile.gettempdir':
      return text('/tmp')
    default:
      return SAME.has(name) && (site.receiver ?? a) ? same(name, a ?? site.receiver) : undefined
  }
}

function same(name: string, value: Value | undefined): Value | undefined {
  if (!value) return undefined
  if (name.startsWith('pathlib.')) return { ...value, path: 'pathlib.Path()' }
  if (name === 'json.loads' || name === 'json.dumps' || name === 'dict') return taintOf([value])
  const { path: _path, ...plain } = value
  return name === 'str' ? utf8({ ...plain, bytes: value.bytes ?? false }) : { ...plain }
}

function pathOf(site: CallSite, path: string | undefined): Value {
  const parts = [
    ...(site.method === 'joinpath' && site.receiver ? [site.receiver] : []),
    ...site.args.map((a) => a.value),
  ]
  const whole = joined(parts.flatMap((p, i) => (i === 0 ? [p] : [text('/'), p])))
  const { pieced: _pieced, ...plain } = whole
  return { ...plain, ...(path === undefined ? {} : { path }) }
}

/** An environment variable: folders are constants, others are data from outside. */
export function variable(name: Value | undefined): Value {
  const constant = typeof name?.constant === 'string' ? name.constant : undefined
  if (constant !== undefined && Object.hasOwn(FOLDER_VARIABLES, constant))
    return text(FOLDER_VARIABLES[constant] ?? '')
  const secret = constant !== undefined && isSecretName(constant)
  const labels = secret ? LABEL['secret-environment'] | LABEL.environment : LABEL.environment
  return { labels, ...(constant === undefined ? {} : { variable: constant }) }
}

function fromNumbers(value: Value | undefined): Value | undefined {
  const items = value?.items
  if (!items || items.length === 0 || !items.every((i) => typeof i.constant === 'number')) return undefined
  const constant = Buffer.from(items.map((i) => Number(i.constant) & 0xff)).toString('latin1')
  return { constant, bytes: true, labels: taintOf(items).labels, hidden: true }
}

export function reversed(value: Value | undefined): Value | undefined {
  if (typeof value?.constant === 'string') {
    return { ...value, constant: [...value.constant].toReversed().join(''), hidden: true }
  }
  return value?.items ? { ...value, items: value.items.toReversed(), hidden: true } : undefined
}

/** `map(chr, [104, 105])` */
function mapped(site: CallSite, machine: Machine): Value | undefined {
  const [callee, source] = [argument(site, 0), argument(site, 1)]
  if (!callee || !source?.items) return undefined
  const items = source.items.map((item) => machine.apply(callee, [item], site))
  return { items, labels: source.labels }
}

function method(site: CallSite, machine: Machine): Value | undefined {
  const { receiver, method } = site
  if (!receiver || method === undefined) return undefined
  machine.spend()
  if (method === 'decode') {
    const codec = argument(site, 0, 'encoding')?.constant
    const known = typeof codec === 'string' ? CODECS[codec.toLowerCase().replaceAll('_', '-')] : undefined
    return known ? decoded(known, receiver, LABEL.decoded, known !== DECODERS.rot13) : utf8(receiver)
  }
  if (method === 'encode') return utf8Bytes(receiver)
  return foldTextMethod(site)
}

function index(object: Value, key: Value): Value | undefined {
  const { path } = object
  if (path === undefined || typeof key.constant !== 'string') {
    return path === 'os.environ' ? { labels: LABEL.environment } : undefined
  }
  if (path === 'os.environ') return variable(key)
  if (path === 'globals()') return named(key.constant, key)
  if (path === 'sys.modules') return named(key.constant, key)
  if (path.endsWith('.__dict__')) return named(`${path.slice(0, -9)}.${key.constant}`, key)
  if (path === '__builtins__') return named(key.constant, key)
  return undefined
}

function member(path: string): Value | undefined {
  const builtin = /^(?:__builtins__|builtins|__builtin__)\.(\w+)$/.exec(path)?.[1]
  if (builtin) return { path: builtin, labels: 0 }
  switch (path) {
    case 'os.environ':
    case 'os.environb':
      return { path: 'os.environ', labels: LABEL['whole-environment'] }
    case 'sys.argv':
      return { path, labels: 0 }
    case 'sys.stdin':
    case 'sys.stdin.buffer':
      return { path, labels: LABEL.stdin }
    default:
      return undefined
  }
}
