import { type Artifact, displayPath } from '../model/artifact.ts'

/**
 * The artifact tree, asked upwards. Built for millions of artifacts of which few are asked about: paths are made on
 * demand, and no answer walks further than to the root of one artifact.
 */
export class Places {
  readonly #artifacts: readonly Artifact[]
  #byId: Map<string, Artifact> | undefined

  constructor(artifacts: readonly Artifact[]) {
    this.#artifacts = artifacts
  }

  /** A run in which everything passes never asks. */
  #artifact(id: string): Artifact | undefined {
    if (!this.#byId) {
      this.#byId = new Map()
      for (const artifact of this.#artifacts) this.#byId.set(artifact.id, artifact)
    }
    return this.#byId.get(id)
  }

  parent(id: string): string | undefined {
    return this.#artifact(id)?.parent
  }

  path(id: string): string {
    const artifact = this.#artifact(id)
    return artifact ? displayPath(artifact.locator) : id
  }

  /** Is it the artifact with this SHA-256, or inside it? Only digests that we computed prove what the bytes are. */
  isWithin(id: string, sha256: string): boolean {
    const seen = new Set<string>()
    for (let at: string | undefined = id; at !== undefined && !seen.has(at); at = this.parent(at)) {
      seen.add(at)
      const digests = this.#artifact(at)?.digests ?? []
      if (digests.some((d) => d.origin === 'computed' && d.hex === sha256)) return true
    }
    return false
  }
}
