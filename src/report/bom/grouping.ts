import { type Artifact, locatorOf } from '../../model/artifact.ts'
import type { LockEntry } from '../../model/lock.ts'
import { PART_OF, type PartKind } from './bill.ts'
import { type FactsByRoot, shardSet } from './stated.ts'

/** A locked entry and where it lies, as the report calls the place. */
export interface Located {
  readonly entry: LockEntry
  readonly display: string
}

/** Files that are one model, dataset, plugin or prompt. Paths are raw. */
export interface Group {
  readonly kind: PartKind
  readonly path: string
  readonly files: Artifact[]
  readonly located?: Located
}

/** Formats that hold weights or a graph: such a file is a model even when it lies alone. */
const WEIGHTS = new Set(
  [
    'safetensors gguf ggml onnx ort pickle torch-legacy torch-tar torchscript torch-export',
    'tensorflow tflite executorch pmml openvino coreml paddle flax lightgbm xgboost xgboost-binary',
    'catboost skops tensorrt rknn hailo mlir cntk torch7 mxnet mlmodel opaque-model tfjs',
    'tensorflow-text r-data',
  ].flatMap((line) => line.split(' ')),
)
const WEIGHT_NAMES =
  /\.(?:pt2?|pth|ptl|bin|ckpt|keras|h5|nemo|pkl|joblib|onnx|gguf|safetensors|mar)(?:\.(?:gz|bz2|xz|zst|lz4|lzma|zlib|br|tar|zip))?$/i
const CONTAINERS = new Set('zip tar hdf5 gzip bzip2 xz zstd lz4 lzma zlib zfile brotli'.split(' '))
const DATA = new Set(
  [
    'parquet arrow arrow-ipc arrow-file arrow-stream feather orc avro tfrecord lance lmdb mds',
    'webdataset zarr csv tsv jsonl json-lines croissant dataset-card sqlite duckdb',
  ].flatMap((line) => line.split(' ')),
)
const CONFIG = /^(?:config|adapter_config|model_index|modules|config_sentence_transformers)\.json$/
/** Files that describe the folder they are in as one model. */
const WHOLE = ['tensorflow', 'tensorflow-text', 'safetensors-index']
const CARD = /^(?:README|MODEL_CARD|dataset_?card)\.md$/i
/** One file each, which lists or starts plugins that lie elsewhere. */
const SETTINGS = new Set([
  'mcp-config',
  'agent-settings',
  'modelfile',
  'claude-marketplace',
  'codex-marketplace',
])
const PROMPTS = new Set(['prompt', 'instructions', 'command', 'promptfoo'])

/** Sorts files into parts: by the lock where there is one, else by what folders and files say of themselves. */
export function group(
  roots: readonly Artifact[],
  facts: FactsByRoot,
  located: readonly Located[],
): { readonly groups: readonly Group[]; readonly loose: readonly Artifact[] } {
  const groups = new Map<string, Group>()
  for (const place of located) {
    const kind = PART_OF[place.entry.asked.kind]
    groups.set(place.display, { kind, path: place.display, files: [], located: place })
  }
  const rest = roots.filter((root) => !claim(root, groups))
  const folders = new Map<string, PartKind>(pluginFolders(facts).map(({ path, kind }) => [path, kind]))
  for (const folder of modelFolders(rest, facts)) folders.set(folder, 'model')
  for (const folder of datasetFolders(facts)) folders.set(folder, 'dataset')
  const open = new Map<string, Group>()
  for (const [path, kind] of folders) {
    // A folder inside one of its own kind is a part of that.
    const outer = foldersAbove(path).some((above) => above !== path && folders.get(above) === kind)
    if (!outer) open.set(path, { kind, path, files: [] })
  }
  const alone = rest.filter((root) => !claim(root, open))
  const loose: Artifact[] = []
  for (const root of alone) {
    const kind = kindOf(root)
    const beside = open.get(root.locator.root.replace(/[._]data$/, ''))
    if (beside) beside.files.push(root)
    else if (!kind) loose.push(root)
    else {
      const path = kind === 'dataset' ? folderOf(root.locator.root) : shardSet(root.locator.root)
      const held = open.get(path) ?? { kind, path, files: [] }
      open.set(path, held)
      held.files.push(root)
    }
  }
  const filled = [...open.values()].filter(({ files }) => files.length > 0)
  return { groups: [...groups.values(), ...filled], loose }
}

/** Gives a file to the innermost group whose folder it is in; a locked entry or a prompt may also be one file. */
function claim(root: Artifact, groups: ReadonlyMap<string, Group>): boolean {
  const owner = foldersAbove(root.locator.root).find((folder) => groups.has(folder))
  if (owner !== undefined) groups.get(owner)?.files.push(root)
  return owner !== undefined
}

/** The path itself, then every folder it is in, the innermost first, as targets may write them. */
export function foldersAbove(path: string): string[] {
  const found = [path]
  for (let cut = path.lastIndexOf('/'); cut > 0; cut = path.lastIndexOf('/', cut - 1))
    found.push(path.slice(0, cut), path.slice(0, cut + 1))
  return /^(?:\/|\.\.(?:\/|$)|\.$)/.test(path) ? found : [...found, '.']
}

export function folderOf(path: string): string {
  const cut = path.lastIndexOf('/')
  return cut < 0 ? '.' : path.slice(0, cut)
}

/** Folders that hold a plugin, by its manifest; the settings of a client are one file, which says what it starts. */
function pluginFolders(facts: FactsByRoot): { path: string; kind: PartKind }[] {
  const units = facts.all('capability.plugin')
  const whole = new Map(units.map(({ artifact, data }) => [artifact, locatorOf(String(data.folder)).root]))
  return facts.all('plugin.manifest').flatMap((fact): { path: string; kind: PartKind }[] => {
    const root = facts.artifact(fact)?.locator.root
    if (root === undefined) return []
    const kind = String(fact.data.kind)
    if (PROMPTS.has(kind)) return [{ path: root, kind: 'prompt' }]
    if (SETTINGS.has(kind)) return [{ path: root, kind: 'plugin' }]
    // The package at the top of what is looked at is the project itself, not one of its plugins.
    const isProject = folderOf(root) === '.' && /^(?:npm|pypi)-package$/.test(kind)
    if (isProject || kind === 'openapi') return []
    // `.claude-plugin/plugin.json` is about the folder that `.claude-plugin` is in.
    const folder = folderOf(root).replace(/(?:^|\/)\.[\w-]+-plugin$/, '') || '.'
    return [{ path: whole.get(fact.artifact)?.replace(/\/$/, '') || folder, kind: 'plugin' }]
  })
}

/** Folders with a configuration that describes a model, or a card beside weights. */
function modelFolders(roots: readonly Artifact[], facts: FactsByRoot): Set<string> {
  const weights = new Set(roots.filter((r) => kindOf(r) === 'model').map((r) => folderOf(r.locator.root)))
  const folders = new Set<string>()
  for (const { name, locator, formats } of roots) {
    const folder = folderOf(locator.root)
    const described = facts.of(locator.root).some(({ kind }) => kind === 'model.property')
    if (
      WHOLE.some((format) => formats.includes(format)) &&
      /^saved_model\.pb(?:txt)?$|\.index\.json$/.test(name)
    )
      folders.add(folder)
    else if (
      CONFIG.test(name) &&
      formats.includes('hub-config') &&
      (described || !/^config\.json$/.test(name))
    )
      folders.add(folder)
    else if (CARD.test(name) && described && weights.has(folder)) folders.add(folder)
  }
  return folders
}

/** Folders whose card says that they are a dataset. */
function datasetFolders(facts: FactsByRoot): string[] {
  const cards = facts.all('card.document').filter(({ data }) => data.of === 'dataset')
  return cards.flatMap((fact) => folderOf(facts.artifact(fact)?.locator.root ?? ''))
}

function kindOf({ formats, name, size }: Artifact): PartKind | undefined {
  if (size === 0) return undefined
  if (formats.some((f) => DATA.has(f))) return 'dataset'
  if (formats.some((f) => WEIGHTS.has(f))) return 'model'
  // Keras in HDF5 or a zip, PyTorch in a zip, NeMo in a tar: the container alone says nothing.
  return formats.some((f) => CONTAINERS.has(f)) && WEIGHT_NAMES.test(name) ? 'model' : undefined
}
