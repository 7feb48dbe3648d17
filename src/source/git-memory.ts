import { SourceError } from './trouble.ts'

type Entry = Uint8Array | 'folder'

class Missing extends Error {
  readonly code: string
  constructor(code: string, path: string) {
    super(`${code}: ${path}`)
    this.code = code
  }
}

/**
 * The file system that a Git client gets: some maps in memory, gone with the process. Nothing it writes, whatever a
 * repository is called, is a file of this machine. `onWrite` sees every file before it is there.
 */
export function memoryFileSystem(most: number, onWrite: (path: string, bytes: Uint8Array) => void) {
  const entries = new Map<string, Entry>([['/', 'folder']])
  let held = 0
  const find = (path: string): Entry => {
    const entry = entries.get(plain(path))
    if (entry === undefined) throw new Missing('ENOENT', path)
    return entry
  }
  const stat = async (path: string) => {
    const entry = find(path)
    const isFolder = entry === 'folder'
    const size = isFolder ? 0 : entry.length
    return {
      ...{
        type: isFolder ? 'dir' : 'file',
        mode: isFolder ? 0o40000 : 0o100644,
        size,
        ino: 0,
        uid: 0,
        gid: 0,
        dev: 0,
      },
      ...{
        mtimeMs: 0,
        ctimeMs: 0,
        isFile: () => !isFolder,
        isDirectory: () => isFolder,
        isSymbolicLink: () => false,
      },
    }
  }
  const refuse = async (path: string): Promise<never> => {
    throw new Missing('EINVAL', path)
  }
  const promises = {
    async readFile(path: string, options?: { encoding?: string } | string) {
      const entry = find(path)
      if (entry === 'folder') throw new Missing('EISDIR', path)
      const encoding = typeof options === 'string' ? options : options?.encoding
      return encoding === 'utf8' ? Buffer.from(entry).toString('utf8') : Buffer.from(entry)
    },
    async writeFile(path: string, data: Uint8Array | string) {
      const bytes = typeof data === 'string' ? Buffer.from(data) : data
      held += bytes.length
      if (held > most) throw new SourceError('unsupported', `a Git repository of more than ${most} bytes`)
      onWrite(path, bytes)
      entries.set(plain(path), bytes)
    },
    async unlink(path: string) {
      entries.delete(plain(path))
    },
    async readdir(path: string) {
      if (find(path) !== 'folder') throw new Missing('ENOTDIR', path)
      const prefix = `${plain(path).replace(/\/$/, '')}/`
      const names = [...entries.keys()].filter((key) => key.startsWith(prefix) && key !== prefix)
      return [...new Set(names.map((key) => key.slice(prefix.length).split('/')[0] ?? ''))]
    },
    async mkdir(path: string) {
      if (entries.has(plain(path))) throw new Missing('EEXIST', path)
      entries.set(plain(path), 'folder')
    },
    async rmdir(path: string) {
      entries.delete(plain(path))
    },
    stat,
    lstat: stat,
    readlink: refuse,
    symlink: refuse,
  }
  return { promises }
}

function plain(path: string): string {
  return `/${path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/')}`
}
