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
import { carve } from './content/carve.ts'
import { executable } from './content/executable.ts'
import { json } from './data/json.ts'
import { media } from './data/media.ts'
import { text } from './data/text.ts'
import type { Inspector } from './inspector.ts'
import { marManifest } from './model/mar-manifest.ts'
import { npy } from './model/npy.ts'
import { pickle } from './model/pickle.ts'
import { recognised } from './model/recognised.ts'
import { safetensors } from './model/safetensors.ts'
import { safetensorsIndex } from './model/safetensors-index.ts'
import { torchLegacy } from './model/torch-legacy.ts'
import { torchStorage } from './model/torch-storage.ts'
import { torchTar } from './model/torch-tar.ts'
import { torchscript } from './model/torchscript.ts'

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
  torchLegacy,
  pickle,
  npy,
  safetensors,
  safetensorsIndex,
  torchStorage,
  torchscript,
  torchTar,
  recognised,
  executable,
  media,
  json,
  marManifest,
  text,
  carve,
]
