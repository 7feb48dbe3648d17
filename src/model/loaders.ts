/** What a loader would do with a file, as the loader table sees it. */
export type LoaderVerb = 'runs' | 'imports' | 'reads' | 'writes' | 'fetches'

export const LOADER_VERBS: readonly LoaderVerb[] = ['runs', 'writes', 'fetches', 'reads', 'imports']

/** Which files a loader opens: by inspector, by archive layout, with one of the suffixes if there are any. */
export interface LoaderTarget {
  readonly format?: string
  readonly layout?: string
  /** Lower-case, with the dot; the file's name ends with one of them. */
  readonly suffixes?: readonly string[]
  /** Only this member is given to the loader's interpreter (lower-case last segment); absent: everything inside. */
  readonly member?: string
}

/** A weakness of some versions of the loader's package. It shows only on files that have what it needs. */
export interface LoaderWeakness {
  readonly cve: string
  /** The package whose version counts, where it is not the loader's own. */
  readonly package?: string
  /** First version that has it; absent: all before the fix. */
  readonly from?: string
  /** First version without it; absent: no fixed version is published. */
  readonly before?: string
  /** What the weak versions do, to be read after "version … ": "runs what weights_only refuses". */
  readonly does: string
  /** One of these findings is in the file, … */
  readonly rules: readonly string[]
  /** … and it is one of these formats or layouts, if any are named. */
  readonly only: readonly string[]
}

/** One way to call a loader, and what it does with the findings of a file: data of `rules/lists/loaders.yaml`. */
export interface Loader {
  /** As people write it: `torch.load(weights_only=True)`. */
  readonly call: string
  readonly package: string
  /** `the default since 2.6` */
  readonly note?: string
  readonly opens: readonly LoaderTarget[]
  /** What findings of these rules make the loader do. */
  readonly acts: Readonly<Partial<Record<LoaderVerb, readonly string[]>>>
  readonly refuses?: {
    readonly rules: readonly string[]
    /** Formats and layouts that it refuses whatever is inside. */
    readonly only: readonly string[]
    /** A list of names: any other global of a pickle is refused, and so are opcodes that its unpickler does not know. */
    readonly allPicklesBut?: string
  }
  readonly weaknesses: readonly LoaderWeakness[]
}

export interface LoaderAct {
  readonly verb: LoaderVerb
  /** What is run, read or written, the worst first. */
  readonly what: readonly string[]
  /** How many more there are. */
  readonly more: number
}

/** What one way of loading would do with one file or member. */
export interface LoaderView {
  readonly artifact: string
  readonly path: string
  readonly call: string
  readonly package: string
  readonly note?: string
  readonly does: 'acts' | 'refuses' | 'loads'
  readonly acts: readonly LoaderAct[]
  /** Why it refuses; empty unless it does. */
  readonly refuses: readonly string[]
  readonly weaknesses: readonly Omit<LoaderWeakness, 'rules' | 'only'>[]
  /** Everything that the loader would read has been inspected. */
  readonly complete: boolean
}
