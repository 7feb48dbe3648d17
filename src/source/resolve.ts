import type { Identity, LockEntry, Resolution } from '../model/lock.ts'
import type { Reference } from '../model/reference.ts'
import { folder } from './folder.ts'
import type { Locate, Source, SourceSettings, Standing, Wanted } from './source.ts'

/** What a reference stands for now. Clients are loaded when a reference needs them, so that nothing else waits for them. */
export async function resolve(
  reference: Reference,
  wanted: Wanted,
  settings: SourceSettings,
): Promise<Resolution> {
  return (await bind(reference)).resolve(wanted, settings)
}

export async function identify(reference: Reference, settings: SourceSettings): Promise<Identity> {
  return (await bind(reference)).identify(settings)
}

export async function standing(
  reference: Reference,
  entry: LockEntry,
  settings: SourceSettings,
): Promise<Standing> {
  return (await bind(reference)).standing(entry, settings)
}

/** Where the files of a locked entry are. */
export async function locate(
  reference: Reference,
  entry: LockEntry,
  settings: SourceSettings,
): Promise<Locate> {
  return (await bind(reference)).locate(entry, settings)
}

interface BoundSource {
  identify(settings: SourceSettings): Promise<Identity>
  standing(entry: LockEntry, settings: SourceSettings): Promise<Standing>
  resolve(wanted: Wanted, settings: SourceSettings): Promise<Resolution>
  locate(entry: LockEntry, settings: SourceSettings): Promise<Locate>
}

async function bind(reference: Reference): Promise<BoundSource> {
  switch (reference.scheme) {
    case 'file':
      return to(folder, reference)
    case 'hf':
      return to((await import('./hub.ts')).hub, reference)
    case 'npm':
      return to((await import('./npm.ts')).npm, reference)
    case 'https':
      return to((await import('./web.ts')).web, reference)
    case 'ollama':
      return to((await import('./ollama.ts')).ollama, reference)
    case 'oci':
      return to((await import('./oci.ts')).oci, reference)
    case 'pypi':
      return to((await import('./pypi.ts')).pypi, reference)
    case 'git':
      return to((await import('./git.ts')).git, reference)
  }
}

function to<R>(source: Source<R>, reference: R): BoundSource {
  return {
    identify: (settings) => source.identify(reference, settings),
    standing: (entry, settings) => source.standing(reference, entry, settings),
    resolve: (wanted, settings) => source.resolve(reference, wanted, settings),
    locate: (entry, settings) => source.locate(reference, entry, settings),
  }
}
