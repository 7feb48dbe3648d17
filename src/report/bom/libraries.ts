import { PackageURL } from 'packageurl-js'

/** Packages whose module is not called as they are on PyPI. */
const CALLED: Readonly<Record<string, string>> = {
  sklearn: 'scikit-learn',
  PIL: 'pillow',
  cv2: 'opencv-python',
  yaml: 'pyyaml',
  skimage: 'scikit-image',
  dateutil: 'python-dateutil',
}

/** Modules that are packages of the same name on PyPI, by what pickles of models hold. */
const PACKAGES = new Set(
  [
    'torch torchvision torchaudio numpy scipy pandas joblib dill cloudpickle transformers diffusers',
    'peft accelerate tokenizers sentence_transformers timm ultralytics xgboost lightgbm catboost',
    'statsmodels keras tensorflow jax flax fastai spacy gensim skops imblearn omegaconf',
    'pytorch_lightning lightning lightning_fabric nltk polars onnx',
  ].flatMap((line) => line.split(' ')),
)

/** Python itself; what a pickle takes from there needs no package. */
const STANDARD = new Set(
  [
    'builtins __builtin__ __main__ copyreg copy_reg collections _codecs codecs datetime functools',
    '_functools operator _operator pathlib os posix nt posixpath ntpath sys subprocess re re2 types',
    'enum decimal fractions uuid random _random array io _io itertools math typing abc dataclasses',
    'weakref threading _thread logging argparse string struct time numbers shutil socket importlib',
    'runpy code pickle _pickle cPickle base64 zlib marshal ctypes urllib urllib2 http webbrowser',
    'asyncio multiprocessing pty platform tempfile glob json inspect textwrap copy queue bdb pdb',
    'timeit cProfile doctest trace site pip ensurepip commands exceptions UserDict UserList UserString ipaddress ssl smtplib',
    'ftplib',
  ].flatMap((line) => line.split(' ')),
)

export interface Library {
  readonly name: string
  readonly purl?: string
}

/** The package that a Python module comes from; undefined for Python's own. The purl only where the package is known. */
export function libraryOf(module: string): Library | undefined {
  const [root = ''] = module.split('.')
  if (!/^[A-Za-z]\w{0,60}$/.test(root) || STANDARD.has(root)) return undefined
  const name = CALLED[root] ?? root
  if (!(root in CALLED) && !PACKAGES.has(root)) return { name }
  const normal = name.toLowerCase().replace(/[-_.]+/g, '-')
  return {
    name: normal,
    purl: new PackageURL('pypi', undefined, normal, undefined, undefined, undefined).toString(),
  }
}
