import { ar } from './archive/ar.ts'
import { asar } from './archive/asar.ts'
import { brotli } from './archive/brotli.ts'
import { bzip2 } from './archive/bzip2.ts'
import { cpio } from './archive/cpio.ts'
import { gitBundle } from './archive/git-bundle.ts'
import { gzip } from './archive/gzip.ts'
import { lz4 } from './archive/lz4.ts'
import { lzma } from './archive/lzma.ts'
import { rar } from './archive/rar.ts'
import { sevenzip } from './archive/sevenzip.ts'
import { tar } from './archive/tar.ts'
import { xz } from './archive/xz.ts'
import { zfile } from './archive/zfile.ts'
import { zip } from './archive/zip.ts'
import { zlib } from './archive/zlib.ts'
import { zstd } from './archive/zstd.ts'
import { gyp } from './code/gyp.ts'
import { javascript } from './code/javascript.ts'
import { powershell } from './code/powershell.ts'
import { python } from './code/python.ts'
import { shell } from './code/shell.ts'
import { carve } from './content/carve.ts'
import { executable } from './content/executable.ts'
import { injection } from './content/injection.ts'
import { unicode } from './content/unicode.ts'
import { arrow } from './data/arrow.ts'
import { card } from './data/card.ts'
import { croissant } from './data/croissant.ts'
import { csv } from './data/csv.ts'
import { dockerfile } from './data/dockerfile.ts'
import { hdf5 } from './data/hdf5.ts'
import { json } from './data/json.ts'
import { jsonl } from './data/jsonl.ts'
import { licenceFile } from './data/licence-file.ts'
import { media } from './data/media.ts'
import { notebook } from './data/notebook.ts'
import { oci } from './data/oci.ts'
import { compound, officeRels } from './data/office.ts'
import { parquet } from './data/parquet.ts'
import { requirements } from './data/requirements.ts'
import { serialisedJson } from './data/serialised-json.ts'
import { signatureBundle } from './data/signature-bundle.ts'
import { sqlite } from './data/sqlite.ts'
import { text } from './data/text.ts'
import { tfrecord } from './data/tfrecord.ts'
import { torchserveConfig } from './data/torchserve-config.ts'
import { yaml } from './data/yaml.ts'
import type { Inspector } from './inspector.ts'
import { catboost } from './model/catboost.ts'
import { chatTemplate } from './model/chat-template.ts'
import { executorch, executorchData } from './model/executorch.ts'
import { fasttext } from './model/fasttext.ts'
import { flax } from './model/flax.ts'
import { ggml } from './model/ggml.ts'
import { gguf } from './model/gguf.ts'
import { hubConfig } from './model/hub-config.ts'
import { kerasConfig } from './model/keras-config.ts'
import { lfsPointer } from './model/lfs-pointer.ts'
import { marManifest } from './model/mar-manifest.ts'
import { mlir } from './model/mlir.ts'
import { mlmodel } from './model/mlmodel.ts'
import { mlpackage } from './model/mlpackage.ts'
import { mxnet, mxnetSymbol } from './model/mxnet.ts'
import { npy } from './model/npy.ts'
import { onnx } from './model/onnx.ts'
import { ocdbt, orbax } from './model/orbax.ts'
import { pickle } from './model/pickle.ts'
import { coreml, paddle, sentencepiece } from './model/protobuf-models.ts'
import { rData } from './model/r-data.ts'
import { RECOGNISED, TENSORFLOW_TEXT } from './model/recognised.ts'
import { safetensors } from './model/safetensors.ts'
import { safetensorsIndex } from './model/safetensors-index.ts'
import { skops } from './model/skops.ts'
import { spacyConfig, spacyData } from './model/spacy.ts'
import { tensorData } from './model/tensor-data.ts'
import { tensorflow } from './model/tensorflow.ts'
import { tensorflowCheckpoint } from './model/tensorflow-checkpoint.ts'
import { tfjs } from './model/tfjs.ts'
import { tflite } from './model/tflite.ts'
import { tokenizerJson } from './model/tokenizer-json.ts'
import { torchExport } from './model/torch-export.ts'
import { torchLegacy } from './model/torch-legacy.ts'
import { torchStorage } from './model/torch-storage.ts'
import { torchTar } from './model/torch-tar.ts'
import { torch7 } from './model/torch7.ts'
import { torchscript } from './model/torchscript.ts'
import { lightgbm, xgboost, xgboostUbjson } from './model/trees.ts'
import { triton } from './model/triton.ts'
import { openvino, pmml } from './model/xml-model.ts'
import { zarr } from './model/zarr.ts'
import { PLUGIN_INSPECTORS } from './plugin/registry.ts'

/**
 * Every inspector, one line each. The order is the order in which matches are reported, and of weak matches that no name
 * decides between the first one wins: text comes last.
 */
export const INSPECTORS: readonly Inspector[] = [
  zip,
  tar,
  gzip,
  zlib,
  zfile,
  bzip2,
  xz,
  lzma,
  zstd,
  lz4,
  sevenzip,
  brotli,
  rar,
  cpio,
  ar,
  asar,
  gitBundle,
  torchLegacy,
  pickle,
  npy,
  hdf5,
  safetensors,
  gguf,
  ggml,
  onnx,
  tensorflow,
  tensorflowCheckpoint,
  tflite,
  tfjs,
  sentencepiece,
  coreml,
  mlpackage,
  paddle,
  rData,
  flax,
  lightgbm,
  xgboost,
  xgboostUbjson,
  catboost,
  mxnet,
  mxnetSymbol,
  torch7,
  mlir,
  fasttext,
  orbax,
  ocdbt,
  lfsPointer,
  pmml,
  openvino,
  executorch,
  executorchData,
  torchStorage,
  tensorData,
  torchscript,
  torchExport,
  skops,
  torchTar,
  ...RECOGNISED,
  parquet,
  arrow,
  sqlite,
  tfrecord,
  compound,
  officeRels,
  executable,
  media,
  signatureBundle,
  oci,
  json,
  safetensorsIndex,
  zarr,
  tokenizerJson,
  serialisedJson,
  marManifest,
  hubConfig,
  kerasConfig,
  notebook,
  python,
  javascript,
  shell,
  powershell,
  text,
  csv,
  jsonl,
  croissant,
  card,
  licenceFile,
  injection,
  unicode,
  gyp,
  yaml,
  mlmodel,
  requirements,
  dockerfile,
  chatTemplate,
  ...PLUGIN_INSPECTORS,
  triton,
  spacyConfig,
  spacyData,
  torchserveConfig,
  TENSORFLOW_TEXT,
  carve,
]
