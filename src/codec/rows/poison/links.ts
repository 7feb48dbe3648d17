import type { RowBatch } from '../batch.ts'
import { type Cells, type RowDetector, type State, valueBytes } from '../detector.ts'

/** Columns by which a reader can tell that what an address gives is still the same. */
const DIGESTS = /(?:^|[._-])(?:sha\d{0,3}|sha-?256|md5|blake\w*|hash|digest|checksum|phash|etag)(?:$|[._-])/i
const LEAST = 20
const ALMOST_ALL = 0.9
const HOSTS = 10_000

interface Tally {
  values: number
  addresses: number
  plain: number
  readonly hosts: Set<string>
}

/**
 * Columns of addresses whose content comes from elsewhere when somebody loads the data. Without a digest in each row, whoever
 * holds one of the hosts by then decides what is learnt (split-view poisoning, arXiv 2302.10149).
 */
export class LinkRows implements RowDetector {
  readonly #columns = new Map<string, Tally>()
  #hashed = false

  cells({ batch, column }: Cells): void {
    this.#hashed ||= hasDigests(batch)
    const tally = this.#columns.get(column.name) ?? { values: 0, addresses: 0, plain: 0, hosts: new Set() }
    this.#columns.set(column.name, tally)
    for (let i = 0; i < column.ends.length; i++) {
      const bytes = valueBytes(column, i)
      tally.values++
      // `http` at the beginning of the value, and no blank in it.
      if (bytes[0] !== 0x68 || bytes[1] !== 0x74 || bytes.length > 2048 || bytes.includes(0x20)) continue
      const [, secure, host] =
        /^http(s?):\/\/([^/:?#]+)/.exec(Buffer.from(bytes).toString('latin1', 0, 300)) ?? []
      if (host === undefined) continue
      tally.addresses++
      if (secure === '') tally.plain++
      if (tally.hosts.size < HOSTS) tally.hosts.add(host.toLowerCase())
    }
  }

  end(state: State): void {
    for (const [column, { values, addresses, plain, hosts }] of this.#columns) {
      if (addresses < LEAST || addresses < values * ALMOST_ALL) continue
      const data = {
        column,
        hashed: this.#hashed,
        hosts: hosts.size,
        plainPercent: Math.round((plain * 100) / addresses),
      }
      state({ kind: 'rows.links', data, count: addresses, locations: [] })
    }
  }
}

function hasDigests({ columns }: RowBatch): boolean {
  return columns.some(({ name }) => DIGESTS.test(name))
}
