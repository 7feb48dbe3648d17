import type { Dirent } from 'node:fs'
import { lstat, readdir, realpath, stat } from 'node:fs/promises'
import path from 'node:path'
import { Glob, globRegex } from '../codec/glob.ts'
import type { FactDraft } from '../model/fact.ts'
import { byCodePoint } from '../model/order.ts'
import { UsageError } from '../model/trouble.ts'

/** A regular file to inspect: where it is on disk, and how a person would write its place. */
export interface RootFile {
  readonly path: string
  readonly display: string
  readonly size: number
}

/** Something met on the way that is no regular file to open: a link, a pipe, a folder that cannot be read. */
export interface Met {
  readonly display: string
  readonly fact: FactDraft
  /** True where a loader could open it and we did not look inside. */
  readonly uninspected: boolean
}

export interface Walk {
  readonly display: string
  readonly isFolder: boolean
  readonly files: readonly RootFile[]
  readonly met: readonly Met[]
}

export interface Selection {
  /** Globs on the path inside the target, `/`-separated, or without a slash on the file name; none means all. */
  readonly include?: readonly string[]
  readonly exclude?: readonly string[]
}

/**
 * Finds every regular file of a target, in code-point order. Hidden files are files. A link inside the target is
 * followed where it stays inside (a Hugging Face cache snapshot points into its own `blobs/`); one that leaves is a
 * fact and is not followed. Throws `UsageError` for a target that does not exist.
 */
export async function walkTarget(target: string, selection: Selection): Promise<Walk> {
  const display = displayRoot(target)
  const include = compile(selection.include, '--include')
  const exclude = compile(selection.exclude, '--exclude')
  const info = await stat(target).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(
      error.code === 'ENOENT'
        ? `${target}: no such file or folder; give a path that exists, or - for standard input`
        : `${target}: cannot be read (${error.code ?? error.message})`,
    )
  })
  const walk = { display, isFolder: info.isDirectory(), files: [] as RootFile[], met: [] as Met[] }
  if (info.isFile()) {
    walk.files.push({ path: target, display, size: info.size })
  } else if (info.isDirectory()) {
    const home = await realpath(target)
    await visit({ walk, include, exclude, top: target, display, homes: homesOf(home) }, target)
  } else {
    walk.met.push({ display, fact: special(kindOf(info)), uninspected: true })
  }
  return walk
}

interface Visit {
  readonly walk: { files: RootFile[]; met: Met[] }
  readonly include: readonly SelectionGlob[]
  readonly exclude: readonly SelectionGlob[]
  readonly top: string
  readonly display: string
  readonly homes: readonly string[]
}

async function visit(v: Visit, folder: string): Promise<void> {
  let entries: Dirent[]
  try {
    entries = await readdir(folder, { withFileTypes: true })
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error'
    const data = { message: `the folder cannot be listed (${code})` }
    v.walk.met.push({ ...place(v, folder), fact: { kind: 'parse.unreadable', data }, uninspected: true })
    return
  }
  for (const entry of entries.toSorted((a, b) => byCodePoint(a.name, b.name))) {
    const full = path.join(folder, entry.name)
    if (entry.isDirectory()) {
      await visit(v, full)
    } else if (selected(v, full)) {
      if (entry.isSymbolicLink()) await link(v, full)
      else if (entry.isFile()) await file(v, full)
      else v.walk.met.push({ ...place(v, full), fact: special(kindOf(entry)), uninspected: true })
    }
  }
}

async function file(v: Visit, full: string): Promise<void> {
  const info = await lstat(full).catch(() => undefined)
  if (info) v.walk.files.push({ path: full, size: info.size, ...place(v, full) })
  else v.walk.met.push({ ...place(v, full), fact: vanished(), uninspected: true })
}

async function link(v: Visit, full: string): Promise<void> {
  const real = await realpath(full).catch(() => undefined)
  if (real === undefined) {
    v.walk.met.push({ ...place(v, full), fact: dangling(), uninspected: false })
    return
  }
  if (!v.homes.some((home) => real === home || real.startsWith(home + path.sep))) {
    const fact = { kind: 'entry.link', data: { leaves: true, kind: 'symlink' }, text: real }
    v.walk.met.push({ ...place(v, full), fact, uninspected: true })
    return
  }
  const info = await stat(real)
  // A linked folder inside the target is visited where it really is; walking it twice could never end.
  if (info.isFile()) v.walk.files.push({ path: full, size: info.size, ...place(v, full) })
}

/** The target itself, and for a snapshot of a Hugging Face cache the repository's own `blobs/`. */
function homesOf(home: string): string[] {
  const parts = home.split(path.sep)
  const snapshots = parts.lastIndexOf('snapshots')
  const repository = parts[snapshots - 1]
  if (snapshots < 1 || !repository || !/^(models|datasets|spaces)--/.test(repository)) return [home]
  return [home, [...parts.slice(0, snapshots), 'blobs'].join(path.sep)]
}

function selected(v: Visit, full: string): boolean {
  const inner = slashes(path.relative(v.top, full))
  return (
    !v.exclude.some((g) => hits(g, inner)) &&
    (v.include.length === 0 || v.include.some((g) => hits(g, inner)))
  )
}

/** A glob without a slash is about names, as people mean it. */
function hits(glob: SelectionGlob, inner: string): boolean {
  return glob.compiled.matches(glob.text.includes('/') ? inner : path.posix.basename(inner))
}

interface SelectionGlob {
  readonly text: string
  readonly compiled: Glob
}

function compile(globs: readonly string[] | undefined, flag: string): SelectionGlob[] {
  return (globs ?? []).map((text) => {
    try {
      globRegex(text)
    } catch (error) {
      throw new UsageError(`${flag} ${text}: ${error instanceof Error ? error.message : 'malformed glob'}`)
    }
    return { text, compiled: new Glob(text) }
  })
}

function place(v: Visit, full: string): { display: string } {
  const inner = slashes(path.relative(v.top, full))
  return {
    display: v.display === '.' ? inner : `${v.display.replace(/\/$/, '')}/${inner}`,
  }
}

/** The target as typed, but relative to the working directory where it lies inside it: what reports call it. */
export function displayRoot(target: string): string {
  const relative = path.relative(process.cwd(), path.resolve(target))
  const inside = relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative)
  return slashes(inside ? relative || '.' : path.normalize(target))
}

const slashes = (p: string) => (path.sep === '/' ? p : p.replaceAll(path.sep, '/'))

type Kind = Pick<Dirent, 'isFIFO' | 'isSocket' | 'isCharacterDevice' | 'isBlockDevice'>

function kindOf(entry: Kind): string {
  if (entry.isFIFO()) return 'fifo'
  if (entry.isSocket()) return 'socket'
  if (entry.isCharacterDevice()) return 'character-device'
  return entry.isBlockDevice() ? 'block-device' : 'unknown'
}

const special = (type: string): FactDraft => ({ kind: 'entry.special', data: { kind: type } })
const dangling = (): FactDraft => ({ kind: 'entry.link', data: { leaves: false, kind: 'dangling' } })
const vanished = (): FactDraft => ({ kind: 'parse.unreadable', data: { message: 'the file vanished' } })
