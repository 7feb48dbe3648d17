import { type Artifact, displayPath } from '../model/artifact.ts'

/**
 * The artifact tree, asked upwards. Built for millions of artifacts of which few are asked about: paths are made on
 * demand, and no answer walks further than to the root of one artifact.
 */
export class Places {
  readonly #artifacts: ReadonlyMap<string, Artifact>

  constructor(artifacts: readonly Artifact[]) {
    this.#artifacts = new Map(artifacts.map((artifact) => [artifact.id, artifact]))
  }

  parent(id: string): string | undefined {
    return this.#artifacts.get(id)?.parent
  }

  path(id: string): string {
    const artifact = this.#artifacts.get(id)
    return artifact ? displayPath(artifact.locator) : id
  }

  /** Is it the artifact with this SHA-256, or inside it? Only digests that we computed prove what the bytes are. */
  isWithin(id: string, sha256: string): boolean {
    const seen = new Set<string>()
    for (let at: string | undefined = id; at !== undefined && !seen.has(at); at = this.parent(at)) {
      seen.add(at)
      const digests = this.#artifacts.get(at)?.digests ?? []
      if (digests.some((d) => d.origin === 'computed' && d.hex === sha256)) return true
    }
    return false
  }
}
