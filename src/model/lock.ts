import type { SignatureRecord, Signer } from './signature.ts'

export const KINDS = ['models', 'datasets', 'plugins', 'prompts'] as const
export type Kind = (typeof KINDS)[number]

/** What the manifest asks for: one entry of one of its lists. */
export interface Asked {
  readonly kind: Kind
  /** As the manifest writes it. */
  readonly ref: string
  /** Globs on paths inside the source; none means all. */
  readonly include: readonly string[]
  readonly exclude: readonly string[]
  /** Who must have signed it; one of them is enough. */
  readonly signer?: readonly Signer[]
  /** A preset or a policy file for this entry alone, relative to the manifest. */
  readonly policy?: string
  /** Who in the project answers for it. */
  readonly owners: readonly string[]
  /** Where it lies, relative to the manifest, `/`-separated. */
  readonly path: string
}

/** A file of a resolved reference. */
export interface SourceFile {
  /** Relative, `/`-separated, checked: it cannot leave the folder it is put into. */
  readonly path: string
  readonly size: number
  /** Lower-case hex. */
  readonly sha256: string
  /** Whether the SHA-256 was computed here from the bytes, or the source says so. */
  readonly origin: 'computed' | 'claimed'
  /** Git's SHA-1 of the blob (of the pointer, for an LFS file), where the source gives one. */
  readonly gitBlob?: string
  readonly lfs?: boolean
  /** Subresource Integrity string (`sha512-…`), where the source gives one. */
  readonly integrity?: string
}

/** What identifies a source beyond its name; each present only where the source gives it. */
export interface Identity {
  /** Origin and path of the service that answered: `https://huggingface.co`. */
  readonly endpoint: string
  /** The name the service itself uses. */
  readonly id: string
  /** The immutable pin: a commit, a manifest digest, a version. */
  readonly pin: string
  /** The service's own number for the repository: changes when a name is registered again. */
  readonly repositoryId?: string
  readonly author?: string
  readonly createdAt?: string
  readonly gated?: string
  readonly disabled?: boolean
  readonly private?: boolean
  readonly licence?: string
}

/** Another repository or package that its code or configuration pulls in. */
export interface Edge {
  /** `auto_map`, `base-model`, `modules`, `model-index`, `npm`, `pypi`, `submodule`, `lfs` */
  readonly role: string
  /** A reference, as far as one can be made of it. */
  readonly target: string
  /** The file that says so. */
  readonly from: string
}

/** What a reference resolved to. */
export interface Resolution extends Identity {
  readonly purl?: string
  readonly files: readonly SourceFile[]
  readonly edges: readonly Edge[]
  /** Short texts among the files, normalised, where they were at hand. */
  readonly texts?: readonly TextFile[]
}

/** A text and the file it is of. */
export interface TextFile {
  readonly path: string
  readonly text: string
}

export interface LockEntry {
  readonly asked: Asked
  readonly resolved: Identity
  readonly purl?: string
  readonly treeDigest: string
  readonly files: readonly SourceFile[]
  readonly edges: readonly Edge[]
  /** Filled by the inspection of plugins; none until then. */
  readonly capabilities: readonly string[]
  /** Of the signatures that held when it was locked or pulled; absent where there was none. */
  readonly signatures?: readonly SignatureRecord[]
  /**
   * What a plugin offers to an assistant: `tool:search`, `prompt:review`, … → SHA-256 (hex) of its definition as canonical
   * JSON. Filled by the inspection of plugins.
   */
  readonly surface?: Readonly<Record<string, string>>
  /** Normalised text of its instructions, so that a change can be read. */
  readonly prompts?: readonly TextFile[]
}

export interface Lock {
  /** By kind and path. */
  readonly entries: readonly LockEntry[]
}

export const LOCK_VERSION = 1
export const LOCK_FILE = 'weighmaster.lock'
export const MANIFEST_FILE = 'weighmaster.yaml'
/** Where entries lie that do not say so themselves. */
export const ARTIFACTS = 'artifacts'
