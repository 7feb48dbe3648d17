import { slice } from '../bytes/source.ts'
import { namePromises } from '../inspect/detect.ts'
import { type Emission, fact, type Inspector } from '../inspect/inspector.ts'
import { anonymousName } from '../model/artifact.ts'
import { type Range, uncovered, whereabouts } from './coverage.ts'
import type { Node } from './node.ts'
import type { ArtifactState } from './state.ts'

/** More unexplained ranges than this in one artifact are not looked at one by one. */
const REGIONS_INSPECTED = 256

/**
 * What is left when the inspectors are done. Ranges that none accounted for become regions of their own; an artifact
 * that nobody claims is incomplete if its name says that a loader opens it.
 */
export async function* remainder(
  node: Node,
  formats: readonly string[],
  state: ArtifactState,
  inspectors: readonly Inspector[],
): AsyncGenerator<Emission> {
  if (node.opaque) {
    // Only a match that taught us something is a disguise; a coincidence in tensor bytes left no trace. What the container
    // itself says the bytes are is none.
    const disguises = state.isEmpty ? [] : formats.filter((format) => format !== node.format)
    for (const format of disguises) yield fact('content.disguised', { format })
  } else if (formats.length > 0) {
    if (!node.open) yield* regions(node, state)
    yield* proseUnderModelName(node, formats)
  } else if (node.bytes.size > 0) {
    yield* unclaimed(node, inspectors)
  }
}

/** Formats whose loaders go by these names and which are never text; names that text has, too (`.bin`, `.pth`, `.pkl`), are not here. */
const NEVER_TEXT =
  /\.(?:safetensors|gguf|ggml|npy|npz|onnx|tflite|keras|h5|hdf5|pickle|joblib|ckpt|pt2|skops|mar|nemo|pte|ptd|mlmodel|pdmodel|msgpack)$/i
const PROSE = new Set(['text', 'json'])

/** Text where a loader expects a model: a page that says "not found", or the place of something that comes later. */
function* proseUnderModelName(node: Node, formats: readonly string[]): Generator<Emission> {
  const suffix = NEVER_TEXT.exec(node.name)?.[0]
  const isHinted = node.format !== undefined || node.region || node.open
  if (suffix === undefined || isHinted || !formats.every((format) => PROSE.has(format))) return
  const message = `named ${suffix}, which loaders open, but the content is only text`
  yield { type: 'damage', kind: 'unsupported', message }
}

async function* regions(node: Node, state: ArtifactState): AsyncGenerator<Emission> {
  const gaps: Range[] = []
  for (const gap of uncovered(node.bytes.size, state.spans)) {
    if (!(await isZero(node, gap))) gaps.push(gap)
  }
  if (gaps[0]?.length === node.bytes.size) {
    // Whoever claimed it accounted for nothing: a region of the very same bytes would only be claimed again.
    yield { type: 'damage', kind: 'unsupported', message: 'bytes that only look like a known format' }
    return
  }
  for (const gap of gaps.slice(0, REGIONS_INSPECTED)) {
    yield fact('entry.unaccounted', { where: whereabouts(gap, node.bytes.size) }, gap)
    const bytes = slice(node.bytes, gap.offset, gap.length)
    yield { type: 'child', name: anonymousName(gap.offset), bytes, region: true }
  }
  const more = gaps[REGIONS_INSPECTED]
  if (more) yield { type: 'damage', kind: 'limit', message: 'too many unexplained ranges', at: more }
}

async function* unclaimed(node: Node, inspectors: readonly Inspector[]): AsyncGenerator<Emission> {
  // One more suffix (`model.pkl.br`, `weights.pt.enc`) is what whoever delivers the file knows to take off.
  const names = [node.name, node.name.replace(/\.[^./]*$/, '')]
  const promises = names.flatMap((name) => inspectors.map((i) => namePromises(i.detect, name)))
  const promise = promises.find((p) => p !== undefined)
  if (node.region) {
    yield { type: 'damage', kind: 'unsupported', message: 'bytes that nothing recognises' }
  } else if (promise !== undefined) {
    const message = `named ${promise}, which loaders open, but the content is no format known here`
    yield { type: 'damage', kind: 'unsupported', message }
  } else {
    yield fact('content.unknown-binary', { size: node.bytes.size })
  }
}

async function isZero(node: Node, gap: Range): Promise<boolean> {
  const STEP = 1024 * 1024
  for (let done = 0; done < gap.length; done += STEP) {
    const chunk = await node.bytes.read(gap.offset + done, Math.min(STEP, gap.length - done))
    if (chunk.some((byte) => byte !== 0)) return false
  }
  return true
}
