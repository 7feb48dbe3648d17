import { crc32 } from 'node:zlib'
import { type FileSource, openFile } from '../bytes/file.ts'
import type { RemoteSource } from '../bytes/remote.ts'
import { remoteSource } from '../bytes/remote.ts'
import type { ByteSource } from '../bytes/source.ts'
import type { Span } from '../inspect/inspector.ts'
import type { Digest } from '../model/digest.ts'
import { FormatError } from '../model/trouble.ts'
import { type Range, uncovered } from './coverage.ts'
import type { Ask, RootTask } from './node.ts'
import type { ArtifactState } from './state.ts'

export async function openRoot(task: RootTask, ask: Ask | undefined): Promise<FileSource | RemoteSource> {
  const { remote } = task
  if (remote === undefined) return openFile(task.path)
  if (!ask) throw new FormatError('internal', 'a remote file without a way to read it')
  return remoteSource(task.size, (offset, length) => ask(remote, offset, length))
}

/** Checksums of larger members are left to `--full`: they would be read a second time. */
const VERIFIED = 16 * 1024 * 1024

/**
 * What a look by ranges has to answer for: bytes that were not fetched are data by the structure of their file, or the
 * file is incomplete; and what is known of its digests.
 */
export class RemoteAccount {
  readonly #file: RemoteSource
  readonly #claimed: string | undefined
  readonly #data: Range[] = []

  constructor(file: RemoteSource, claimed: string | undefined) {
    this.#file = file
    this.#claimed = claimed
  }

  /** Takes the ranges of an artifact that no loader interprets. */
  excuse({ remote }: ByteSource, spans: readonly Span[]): void {
    if (remote === undefined) return
    for (const { as, offset, length } of spans)
      if (as === 'opaque') this.#data.push({ offset: remote + offset, length })
  }

  /** Was all of it fetched? What was unpacked is here in any case. */
  hasSeen({ remote, size }: Pick<ByteSource, 'remote' | 'size'>): boolean {
    return remote === undefined || size === 0 || (this.#file.isHeld?.(remote, size) ?? false)
  }

  claims(): Digest[] {
    return this.#claimed === undefined ? [] : [{ algorithm: 'sha256', hex: this.#claimed, origin: 'claimed' }]
  }

  /** The checksums of members that were fetched. */
  async verify(bytes: ByteSource, state: ArtifactState): Promise<void> {
    for (const { member, offset, length, crc32: promised } of state.checksums) {
      const place = { remote: (bytes.remote ?? 0) + offset, size: length }
      if (length > VERIFIED || !this.hasSeen(place)) continue
      if (crc32(await bytes.read(offset, length)) === promised) continue
      state.add({ kind: 'entry.checksum', data: { member }, at: { offset, length } })
    }
  }

  compare(sha256: string, state: ArtifactState): void {
    if (this.#claimed === undefined || this.#claimed === sha256) return
    const fact = { kind: 'remote.answer', data: { how: 'other-bytes', origin: '' } }
    state.trouble(new FormatError('unreadable', 'it is not what its source lists', undefined, fact), 'remote')
  }

  /** Settles what was not fetched; returns how many bytes of it are data. */
  settle(state: ArtifactState): number {
    const { seen, size, trouble } = this.#file
    if (trouble && !state.has(trouble.kind)) state.trouble(trouble, 'remote')
    if (trouble?.fact) state.add(trouble.fact)
    const unexplained = uncovered(size, [...seen, ...this.#data])
    const [first] = unexplained
    if (first && !trouble && !state.has()) {
      const message = 'a part was not fetched that is not known to be data; --full fetches the file whole'
      state.trouble(new FormatError('unsupported', message, first.offset), 'remote')
    }
    return size - lengthOf(seen) - lengthOf(unexplained)
  }
}

function lengthOf(ranges: readonly Range[]): number {
  return ranges.reduce((sum, { length }) => sum + length, 0)
}
