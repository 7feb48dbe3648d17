/**
 * What an archive is, told by the names of its members: which loader will open it and what that loader looks for.
 * Data rather than code, so that a new layout is a line.
 */
interface Layout {
  readonly layout: string
  /** All of these must occur, each as a whole name. `<root>/` stands for one top-level folder, the same for all. */
  readonly needs: readonly RegExp[]
}

const LAYOUTS: readonly Layout[] = [
  // miniz finds names without regard to case, so `DATA.PKL` is a torch file too.
  { layout: 'torch', needs: [/^(?<root>[^/]+)\/data\.pkl$/i, /^(?<root>[^/]+)\/(?:\.data\/)?version$/i] },
  {
    layout: 'torchscript',
    needs: [/^(?<root>[^/]+)\/data\.pkl$/i, /^(?<root>[^/]+)\/(?:code\/.*|constants\.pkl)$/i],
  },
  { layout: 'torch-package', needs: [/^(?<root>[^/]+)\/\.data\/(?:extern_modules|python_version)$/] },
  { layout: 'pt2', needs: [/^(?<root>[^/]+)\/archive_format$/] },
  {
    layout: 'aotinductor',
    needs: [
      /^(?<root>[^/]+)\/(?:data\/aotinductor\/.*|[^/]+)\.(?:so|pyd|dll|dylib|cubin)$/,
      /^(?<root>[^/]+)\/(?:archive_format|\.data\/aoti.*)$/,
    ],
  },
  { layout: 'torch-tar', needs: [/^(?:\.\/)?pickle$/, /^(?:\.\/)?storages$/, /^(?:\.\/)?tensors$/] },
  { layout: 'keras', needs: [/^config\.json$/, /^metadata\.json$/] },
  { layout: 'wheel', needs: [/^[^/]+\.dist-info\/WHEEL$/] },
  { layout: 'egg', needs: [/^EGG-INFO\/PKG-INFO$/] },
  { layout: 'sdist', needs: [/^(?:\.\/)?(?<root>[^/]+)\/PKG-INFO$/] },
  { layout: 'npm', needs: [/^package\/package\.json$/] },
  { layout: 'jar', needs: [/^META-INF\/MANIFEST\.MF$/] },
  { layout: 'mar', needs: [/^(?:\.\/)?MAR-INF\/MANIFEST\.json$/] },
  { layout: 'nemo', needs: [/^(?:\.\/)?model_config\.yaml$/, /^(?:\.\/)?model_weights(?:\.ckpt|\/.*)$/] },
  { layout: 'ooxml', needs: [/^\[Content_Types\]\.xml$/] },
  { layout: 'odf', needs: [/^mimetype$/, /^META-INF\/manifest\.xml$/] },
  { layout: 'oci-image', needs: [/^(?:\.\/)?oci-layout$/, /^(?:\.\/)?index\.json$/] },
  {
    layout: 'docker-image',
    needs: [/^(?:\.\/)?manifest\.json$/, /^(?:\.\/)?(?:[0-9a-f]{64}[./].*|blobs\/.*)$/],
  },
  { layout: 'saved-model', needs: [/^(?:[^/]+\/)*saved_model\.pb(?:txt)?$/] },
  { layout: 'skops', needs: [/^schema\.json$/] },
]

/** Top-level folders of a file system: where links and devices are ordinary. */
const SYSTEM_FOLDERS = /^(?:\.?\/)?(?:bin|boot|dev|etc|lib|lib64|proc|root|run|sbin|sys|usr|var)(?:\/|$)/

/** Watches the names of an archive go by. */
export class LayoutSurvey {
  readonly #met = new Map<RegExp, Set<string>>()
  readonly #system = new Set<string>()
  #foreign = 0
  #members = 0
  #arrays = 0

  see(name: string): void {
    if (!name.endsWith('/')) {
      this.#members++
      if (name.endsWith('.npy')) this.#arrays++
    }
    if (this.#system.size < 3) {
      const folder = SYSTEM_FOLDERS.exec(name)
      if (folder) this.#system.add(folder[0].replaceAll(/[./]/g, ''))
      else if (!/^\.?\/?$/.test(name)) this.#foreign++
    }
    for (const { needs } of LAYOUTS) for (const need of needs) this.#test(need, name)
  }

  #test(need: RegExp, name: string): void {
    const roots = this.#met.get(need)
    // Sixteen roots are more than any layout has; a hostile archive gets no more of our memory.
    if (roots && (roots.size >= 16 || roots.has(''))) return
    const match = need.exec(name)
    if (!match) return
    const root = match.groups?.root ?? ''
    if (roots) roots.add(root)
    else this.#met.set(need, new Set([root]))
  }

  /** The folders that hold all that a layout needs; `''` where it has no root folder; empty where it is another. */
  roots(layout: string): string[] {
    const found = LAYOUTS.find((l) => l.layout === layout)
    const [first, ...others] = (found?.needs ?? []).map((need) => this.#met.get(need) ?? new Set<string>())
    return [...(first ?? [])].filter((root) => others.every((o) => o.has(root)))
  }

  layouts(): string[] {
    const named = LAYOUTS.map((l) => l.layout).filter((layout) => this.roots(layout).length > 0)
    if (this.#members > 0 && this.#arrays === this.#members) named.push('npz')
    if (this.isWholeSystem) named.push('file-system')
    return named
  }

  /** Part of a file system, such as a container layer: nothing but its folders at the top. */
  get isSystem(): boolean {
    return this.isWholeSystem || (this.#system.size > 0 && this.#foreign === 0)
  }

  get isWholeSystem(): boolean {
    return this.#system.size >= 3
  }
}

export type Role = 'pickle' | 'code' | 'other'

const PICKLES =
  /(?:^|\/)(?:pickle|tensors|storages|sys_info)$|\.(?:pkl|pickle|pck|dill|joblib|pt|pth|ckpt|bin|npy|mar)$/i
const CODE =
  /\.(?:py|pyc|pyd|so|dll|dylib|exe|js|mjs|cjs|sh|bat|ps1|class|jar|pth)$|(?:^|\/)(?:setup\.cfg|pyproject\.toml|package\.json|WHEEL|RECORD|METADATA)$/i

/** What a loader would make of a member of this name. */
export function roleOf(name: string): Role {
  if (PICKLES.test(name)) return 'pickle'
  return CODE.test(name) ? 'code' : 'other'
}
