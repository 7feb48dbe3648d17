import path from 'node:path'

/** The first two places of which one is the other or lies inside it: both would be written over each other. */
export function overlapping(places: readonly string[]): readonly [string, string] | undefined {
  const sorted = places.map((p) => path.posix.normalize(p).replace(/\/$/, '')).toSorted()
  const held = new Set<string>()
  for (const place of sorted) {
    for (let at = place; at !== '.' && at !== '/'; at = path.posix.dirname(at)) {
      if (held.has(at)) return [at, place]
      if (at === path.posix.dirname(at)) break
    }
    held.add(place)
  }
  return undefined
}

/** Globs on the path inside the source; one without a slash is tried on the file name too, as `scan --include` does. */
export function selects(
  { include, exclude }: { readonly include: readonly string[]; readonly exclude: readonly string[] },
  file: string,
): boolean {
  const hits = (globs: readonly string[]) =>
    globs.some(
      (glob) => path.posix.matchesGlob(file, glob) || path.posix.matchesGlob(path.posix.basename(file), glob),
    )
  return !hits(exclude) && (include.length === 0 || hits(include))
}
