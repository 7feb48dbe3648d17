/**
 * How deep an inspector looks. `structure`: headers, lengths, indices and references, each against the others and the
 * file. `code`: what loading or running it would import, call or run. `content`: what is inside, decoded and inspected
 * in its own right. Of what is only recognised nothing is known but its name: its outcome is `incomplete`.
 */
export type Depth = 'structure' | 'code' | 'content'

export interface Format {
  readonly title: string
  readonly group: 'Archives and compression' | 'Models' | 'Data and text' | 'Programs'
  /** Empty: recognised only. */
  readonly depth: readonly Depth[]
}

const archive = (title: string, ...depth: Depth[]): Format => ({
  title,
  group: 'Archives and compression',
  depth,
})
const model = (title: string, ...depth: Depth[]): Format => ({ title, group: 'Models', depth })
const data = (title: string, ...depth: Depth[]): Format => ({ title, group: 'Data and text', depth })
const program = (title: string, ...depth: Depth[]): Format => ({ title, group: 'Programs', depth })

/** What every inspector inspects, and how deep, by its id: the table of `weighmaster formats` and of docs/formats.md. */
export const FORMATS: Readonly<Record<string, Format>> = {
  zip: archive('ZIP: PyTorch, Keras, npz, wheels, jars, .mar, .pt2, skops', 'structure', 'content'),
  tar: archive('tar in all its dialects, NeMo', 'structure', 'content'),
  gzip: archive('gzip', 'structure', 'content'),
  zlib: archive('zlib', 'structure', 'content'),
  zfile: archive('joblib ZFile', 'structure', 'content'),
  bzip2: archive('bzip2', 'structure', 'content'),
  xz: archive('xz', 'structure', 'content'),
  lzma: archive('lzma', 'structure', 'content'),
  zstd: archive('Zstandard', 'structure', 'content'),
  lz4: archive('lz4', 'structure', 'content'),
  brotli: archive('brotli, by name', 'content'),
  sevenzip: archive('7z', 'structure', 'content'),
  'torch-legacy': model('PyTorch before 1.6', 'structure', 'code'),
  'torch-tar': model('PyTorch of 2017 (tar)', 'structure', 'code'),
  'torch-storage': model('PyTorch storages', 'structure'),
  torchscript: model('TorchScript programs', 'code'),
  'torch-export': model('torch.export archives (.pt2)', 'structure', 'code'),
  pickle: model('pickle: PyTorch, joblib, dill, cloudpickle, scikit-learn', 'structure', 'code'),
  npy: model('NumPy arrays', 'structure', 'code'),
  safetensors: model('safetensors', 'structure'),
  'safetensors-index': model('indices of sharded weights', 'structure'),
  onnx: model('ONNX', 'structure', 'code'),
  tensorflow: model('TensorFlow SavedModel, MetaGraph, GraphDef, Keras metadata', 'structure', 'code'),
  'tensorflow-checkpoint': model('TensorFlow checkpoint index', 'structure'),
  tfjs: model('TensorFlow.js', 'structure', 'code'),
  tflite: model('TensorFlow Lite', 'structure', 'code'),
  executorch: model('ExecuTorch programs (.pte)', 'structure', 'code'),
  'executorch-data': model('ExecuTorch tensors (.ptd)', 'structure'),
  pmml: model('PMML', 'structure', 'code'),
  openvino: model('OpenVINO networks (.xml)', 'structure', 'code'),
  sentencepiece: model('sentencepiece vocabularies', 'structure'),
  coreml: model('Core ML (.mlmodel), programs and where their weights are', 'structure', 'code'),
  mlpackage: model('Core ML packages (Manifest.json)', 'structure'),
  paddle: model('PaddlePaddle programs', 'structure', 'code'),
  'r-data': model('R values and workspaces (.rds, .rda)', 'structure', 'code'),
  flax: model('Flax parameters (msgpack)', 'structure'),
  lightgbm: model('LightGBM text models', 'structure'),
  xgboost: model('XGBoost JSON models', 'structure'),
  'xgboost-ubjson': model('XGBoost UBJSON models (.ubj)', 'structure'),
  skops: model('skops schemas', 'structure', 'code'),
  'mar-manifest': model('TorchServe manifests', 'structure', 'code'),
  'tensor-data': model('bulk tensor data beside ONNX, TensorFlow and OpenVINO models', 'structure'),
  'lfs-pointer': model('Git LFS pointers: the content is elsewhere'),
  tensorrt: model('TensorRT engines'),
  rknn: model('RKNN'),
  hailo: model('Hailo (.hef)'),
  ort: model('ONNX Runtime format (.ort)'),
  mlir: model('MLIR and StableHLO bytecode: dialects, operations, custom calls', 'structure'),
  cntk: model('CNTK'),
  torch7: model('Torch7 (.t7): objects, and functions of Lua', 'structure', 'code'),
  'xgboost-binary': model('XGBoost in its old binary form'),
  catboost: model('CatBoost (.cbm)', 'structure'),
  mxnet: model('MXNet parameters (.params)', 'structure'),
  'mxnet-symbol': model('MXNet graphs (-symbol.json)', 'structure', 'code'),
  fasttext: model('fastText (.bin, .ftz)', 'structure'),
  zarr: model('Zarr arrays: codecs that run, sizes of chunks', 'structure', 'code'),
  orbax: model('Orbax checkpoints: the tree', 'structure'),
  ocdbt: model('OCDBT stores of Orbax: the manifest', 'structure'),
  rar: archive('RAR: members listed, stored ones inspected, packed ones not', 'structure'),
  cpio: archive('cpio', 'structure', 'content'),
  ar: archive('ar and Debian packages', 'structure', 'content'),
  asar: archive('Electron asar', 'structure', 'content'),
  'git-bundle': archive('Git bundles: references listed, packed objects not read', 'structure'),
  'tensorflow-text': model('TensorFlow graphs as text (.pbtxt)'),
  'opaque-model': model('Caffe, MNN, TNN, DLC and other compiled models, by name'),
  gguf: model('GGUF', 'structure', 'code'),
  ggml: model('GGML, GGJT, GGMF, GGLA', 'structure'),
  hdf5: model('HDF5, and Keras in it', 'structure', 'code'),
  'keras-config': model('Keras configuration', 'structure', 'code'),
  'hub-config': model('configuration of model repositories', 'structure', 'code'),
  'tokenizer-json': model('tokenizers (tokenizer.json): rules and added tokens', 'structure'),
  'spacy-config': model('spaCy pipelines (config.cfg)', 'structure', 'code'),
  'spacy-data': model('spaCy data in msgpack, by name', 'structure'),
  triton: model('model repositories of Triton (config.pbtxt)', 'structure', 'code'),
  'torchserve-config': data('TorchServe settings (config.properties)', 'structure'),
  'serialised-json': data('jsonpickle, LangChain and MONAI in JSON', 'structure', 'code'),
  'chat-template': model('chat templates (Jinja)', 'code'),
  mlmodel: model('MLflow (MLmodel)', 'structure', 'code'),
  notebook: program('Jupyter notebooks', 'structure', 'code'),
  python: program('Python', 'code'),
  javascript: program('JavaScript and TypeScript', 'code'),
  shell: program('shell scripts', 'code'),
  powershell: program('PowerShell', 'code'),
  dockerfile: program('Dockerfiles', 'code'),
  requirements: program('lists of packages', 'structure'),
  yaml: data('YAML: tags, and the _target_ of Hydra and NeMo', 'structure', 'code'),
  executable: program('ELF, PE, Mach-O, WebAssembly, Java classes, scripts', 'structure'),
  media: data('images, sound, video', 'structure'),
  oci: data('OCI image layouts: indices, manifests, configurations', 'structure'),
  json: data('JSON', 'structure'),
  text: data('text', 'structure'),
  carve: data('anything embedded in what is not recognised', 'content'),
}
