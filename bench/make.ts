// Writes the files the benchmarks read into the folder given, once: what is there already is kept.

import { randomFillSync } from 'node:crypto'
import { createWriteStream, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { concat } from '../fixtures/assemble/bytes.ts'
import * as p from '../fixtures/assemble/pickle.ts'
import { zip } from '../fixtures/assemble/zip.ts'

const MIB = 1024 * 1024

/** A state dict of float32 storages as torch.save lays it out: one tensor per storage, protocol 2, persistent ids. */
function stateDict(keys: readonly string[], elements: number): Uint8Array {
  const tensor = (key: string) =>
    p.call(
      'torch._utils _rebuild_tensor_v2',
      concat(p.tuple('storage', p.ref('torch FloatStorage'), key, 'cpu', elements), p.BINPERSID()),
      0,
      p.tuple(elements),
      p.tuple(1),
      false,
      p.call('collections OrderedDict'),
    )
  return p.pickle(2, p.dict(...keys.map((key) => [`layer.${key}.weight`, tensor(key)] as const)))
}

export function torchZip(file: string): void {
  const data = randomFillSync(new Uint8Array(255 * MIB))
  const keys = Array.from({ length: 8 }, (_, i) => String(i))
  const members = [
    { name: 'model/data.pkl', data: stateDict(keys, data.length / 4) },
    { name: 'model/byteorder', data: 'little' },
    ...keys.map((key) => ({ name: `model/data/${key}`, data })),
    { name: 'model/version', data: '3\n' },
  ]
  writeFileSync(file, zip(members))
}

export function safetensors(file: string): void {
  const data = randomFillSync(new Uint8Array(256 * MIB))
  const tensor = { dtype: 'F32', shape: [data.length / 4], data_offsets: [0, data.length] }
  const header = new TextEncoder().encode(
    JSON.stringify({ __metadata__: { format: 'pt' }, weight: tensor }).padEnd(120),
  )
  const length = new Uint8Array(8)
  new DataView(length.buffer).setBigUint64(0, BigInt(header.length), true)
  writeFileSync(file, concat(length, header, data))
}

/** One million datetimes in a list, as protocol 4 writes them. */
export async function datetimes(file: string): Promise<void> {
  const out = createWriteStream(file)
  const write = (bytes: Uint8Array) =>
    new Promise<void>((resolve) => (out.write(bytes) ? resolve() : out.once('drain', resolve)))
  await write(
    concat(p.PROTO(4), p.EMPTY_LIST(), p.MEMOIZE(), p.stackRef('datetime datetime'), p.MEMOIZE(), p.POP()),
  )
  for (let batch = 0; batch < 1000; batch++) {
    const items = Array.from({ length: 1000 }, (_, i) => {
      const state = Uint8Array.of(7, 230, 1, 1, batch % 24, i % 60, i % 60, 0, batch & 255, i & 255)
      return concat(
        p.BINGET(1),
        p.SHORT_BINBYTES(state),
        p.MEMOIZE(),
        p.TUPLE1(),
        p.MEMOIZE(),
        p.REDUCE(),
        p.MEMOIZE(),
      )
    })
    await write(concat(p.MARK(), ...items, p.APPENDS()))
  }
  await write(p.STOP())
  await new Promise<void>((resolve) => out.end(resolve))
}

export function smallPickles(folder: string): void {
  mkdirSync(folder, { recursive: true })
  for (let i = 0; i < 5000; i++) {
    const value = p.dict(
      ['epoch', i],
      ['name', `run-${i}`],
      ['loss', p.BINFLOAT(1 / (i + 1))],
      ['steps', [1, 2, 3]],
    )
    writeFileSync(path.join(folder, `${i}.pkl`), p.pickle(4, value))
  }
}

if (import.meta.main) {
  const folder = process.argv[2] ?? '.'
  const make = async (name: string, write: (file: string) => void | Promise<void>) => {
    const file = path.join(folder, name)
    if (!existsSync(file)) await write(file)
  }
  mkdirSync(folder, { recursive: true })
  await make('model.pt', torchZip)
  mkdirSync(path.join(folder, 'shards'), { recursive: true })
  for (let i = 0; i < 8; i++) await make(`shards/${i}.safetensors`, safetensors)
  await make('datetimes.pkl', datetimes)
  await make('small', smallPickles)
  mkdirSync(path.join(folder, 'empty'), { recursive: true })
}
