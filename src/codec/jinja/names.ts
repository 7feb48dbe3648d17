/** What a renderer of chat templates offers, and what leads out of it (formats 4.3). */

/** Attributes of Python objects that lead from a harmless value to the interpreter, beside all that begin with `__`. */
export const INTERNAL_NAMES: ReadonlySet<string> = new Set([
  ...[
    'mro',
    'func_globals',
    'func_code',
    'gi_frame',
    'gi_code',
    'cr_frame',
    'ag_frame',
    'f_globals',
    'f_builtins',
  ],
  ...['f_locals', 'tb_frame', 'f_back', '_TemplateReference__context', 'im_func', 'im_class', '_module'],
])

/** Functions of other renderers (Flask and the like) and of Jinja that escapes begin with; no chat template has them. */
export const FOREIGN_GLOBALS: ReadonlySet<string> = new Set([
  ...[
    'lipsum',
    'config',
    'request',
    'self',
    'url_for',
    'get_flashed_messages',
    'g',
    'session',
    'os',
    'subprocess',
  ],
  ...['importlib', 'builtins', 'sys', 'environ', 'application', 'app'],
])

/** Names that run, open or import something wherever they come from. */
export const SINKS: ReadonlySet<string> = new Set([
  ...[
    'popen',
    'system',
    'eval',
    'exec',
    'execfile',
    'compile',
    'open',
    'import_module',
    'load_module',
    'spawn',
  ],
  ...[
    'check_output',
    'check_call',
    'Popen',
    'getoutput',
    'fork',
    'execve',
    'execv',
    'putenv',
    'from_string',
    'getattr',
  ],
])

export const KNOWN_FUNCTIONS: ReadonlySet<string> = new Set([
  ...[
    'raise_exception',
    'strftime_now',
    'namespace',
    'range',
    'dict',
    'cycler',
    'joiner',
    'caller',
    'super',
    'loop',
  ],
  ...['tojson', 'len', 'str', 'int', 'list'],
])

export const KNOWN_METHODS: ReadonlySet<string> = new Set([
  ...[
    'split',
    'rsplit',
    'splitlines',
    'strip',
    'lstrip',
    'rstrip',
    'startswith',
    'endswith',
    'items',
    'keys',
    'values',
  ],
  ...[
    'get',
    'upper',
    'lower',
    'replace',
    'title',
    'capitalize',
    'append',
    'pop',
    'update',
    'index',
    'find',
    'rfind',
  ],
  ...[
    'count',
    'join',
    'isdigit',
    'isalpha',
    'isalnum',
    'isspace',
    'islower',
    'isupper',
    'format',
    'partition',
  ],
  ...[
    'rpartition',
    'removeprefix',
    'removesuffix',
    'extend',
    'insert',
    'remove',
    'copy',
    'cycle',
    'next',
    'reset',
  ],
  ...[
    'changed',
    'strftime',
    'encode',
    'decode',
    'zfill',
    'center',
    'ljust',
    'rjust',
    'swapcase',
    'format_map',
  ],
])

/** Every filter of Jinja 3.1, and those that renderers of chats add. */
export const KNOWN_FILTERS: ReadonlySet<string> = new Set([
  ...[
    'abs',
    'attr',
    'batch',
    'capitalize',
    'center',
    'default',
    'd',
    'count',
    'dictsort',
    'escape',
    'e',
    'first',
  ],
  ...[
    'filesizeformat',
    'float',
    'forceescape',
    'format',
    'groupby',
    'indent',
    'int',
    'items',
    'join',
    'last',
    'length',
  ],
  ...[
    'list',
    'lower',
    'map',
    'max',
    'min',
    'pprint',
    'random',
    'reject',
    'rejectattr',
    'replace',
    'reverse',
    'round',
  ],
  ...[
    'safe',
    'select',
    'selectattr',
    'slice',
    'sort',
    'string',
    'striptags',
    'sum',
    'title',
    'tojson',
    'trim',
  ],
  ...[
    'truncate',
    'unique',
    'upper',
    'urlencode',
    'urlize',
    'wordcount',
    'wordwrap',
    'xmlattr',
    'from_json',
    'bool',
  ],
])

/** `__class__` and its like: two underscores in front. */
export function leadsInside(name: string): boolean {
  return name.startsWith('__') || INTERNAL_NAMES.has(name)
}
