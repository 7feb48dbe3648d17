import { brotli } from './archive/brotli.ts'
import { bzip2 } from './archive/bzip2.ts'
import { gzip } from './archive/gzip.ts'
import { lz4 } from './archive/lz4.ts'
import { lzma } from './archive/lzma.ts'
import { sevenzip } from './archive/sevenzip.ts'
import { tar } from './archive/tar.ts'
import { xz } from './archive/xz.ts'
import { zfile } from './archive/zfile.ts'
import { zip } from './archive/zip.ts'
import { zlib } from './archive/zlib.ts'
import { zstd } from './archive/zstd.ts'
import { javascript } from './code/javascript.ts'
import { powershell } from './code/powershell.ts'
import { python } from './code/python.ts'
import { shell } from './code/shell.ts'
import { carve } from './content/carve.ts'
import { executable } from './content/executable.ts'
import { dockerfile } from './data/dockerfile.ts'
import { hdf5 } from './data/hdf5.ts'
import { json } from './data/json.ts'
import { media } from './data/media.ts'
import { notebook } from './data/notebook.ts'
import { requirements } from './data/requirements.ts'
import { signatureBundle } from './data/signature-bundle.ts'
import { text } from './data/text.ts'
import { yaml } from './data/yaml.ts'
import type { Inspector } from './inspector.ts'
import { chatTemplate } from './model/chat-template.ts'
import { executorch, executorchData } from './model/executorch.ts'
import { flax } from './model/flax.ts'
import { ggml } from './model/ggml.ts'
import { gguf } from './model/gguf.ts'
import { hubConfig } from './model/hub-config.ts'
import { kerasConfig } from './model/keras-config.ts'
import { lfsPointer } from './model/lfs-pointer.ts'
import { marManifest } from './model/mar-manifest.ts'
import { mlmodel } from './model/mlmodel.ts'
import { npy } from './model/npy.ts'
import { onnx } from './model/onnx.ts'
import { pickle } from './model/pickle.ts'
import { coreml, paddle, sentencepiece } from './model/protobuf-models.ts'
import { rData } from './model/r-data.ts'
import { RECOGNISED, TENSORFLOW_TEXT } from './model/recognised.ts'
import { safetensors } from './model/safetensors.ts'
import { safetensorsIndex } from './model/safetensors-index.ts'
import { skops } from './model/skops.ts'
import { tensorData } from './model/tensor-data.ts'
import { tensorflow } from './model/tensorflow.ts'
import { tensorflowCheckpoint } from './model/tensorflow-checkpoint.ts'
import { tfjs } from './model/tfjs.ts'
import { tflite } from './model/tflite.ts'
import { torchExport } from './model/torch-export.ts'
import { torchLegacy } from './model/torch-legacy.ts'
import { torchStorage } from './model/torch-storage.ts'
import { torchTar } from './model/torch-tar.ts'
import { torchscript } from './model/torchscript.ts'
import { lightgbm, xgboost } from './model/trees.ts'
import { openvino, pmml } from './model/xml-model.ts'

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
  torchLegacy,
  pickle,
  npy,
  hdf5,
  safetensors,
  safetensorsIndex,
  gguf,
  ggml,
  onnx,
  tensorflow,
  tensorflowCheckpoint,
  tflite,
  tfjs,
  sentencepiece,
  coreml,
  paddle,
  rData,
  flax,
  lightgbm,
  xgboost,
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
  executable,
  media,
  signatureBundle,
  json,
  marManifest,
  hubConfig,
  kerasConfig,
  notebook,
  python,
  javascript,
  shell,
  powershell,
  text,
  yaml,
  mlmodel,
  requirements,
  dockerfile,
  chatTemplate,
  TENSORFLOW_TEXT,
  carve,
]
