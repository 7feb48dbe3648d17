import type { Artifact } from '../model/artifact.ts'
import type { Fact, FactCatalogue } from '../model/fact.ts'
import type { Relator } from './relator.ts'

const FACTS: FactCatalogue = {
  'install-script.runs': {
    about: 'A script in a package that installing or removing it runs. `system`: conda or debian.',
    fields: { system: 'string', script: 'string' },
  },
}

interface System {
  readonly system: string
  /** Some container around the script. */
  readonly around: RegExp
  readonly script: RegExp
}

const SYSTEMS: readonly System[] = [
  {
    system: 'conda',
    around: /\.conda$|\.tar\.bz2$/i,
    script:
      /^(?:\.\/)?(?:bin\/\.[^/]+-(?:pre-link|post-link|pre-unlink)\.sh|Scripts\/\.[^/]+-(?:pre-link|post-link|pre-unlink)\.bat)$/,
  },
  {
    system: 'debian',
    around: /\.u?deb$/i,
    script: /^(?:\.\/)?(?:preinst|postinst|prerm|postrm|config)$/,
  },
]

/** Packages of systems that run scripts of the package when it is installed, usually as root. */
export const installScripts: Relator = { id: 'install-scripts', facts: FACTS, relate }

function* relate(artifacts: readonly Artifact[], _facts: readonly Fact[]): Generator<Fact> {
  for (const { id, locator } of artifacts) {
    const name = locator.members.at(-1)
    if (name === undefined) continue
    const containers = [locator.root, ...locator.members.slice(0, -1)]
    for (const { system, around, script } of SYSTEMS) {
      if (!script.test(name) || !containers.some((container) => around.test(container))) continue
      const data = { system, script: name.replace(/^\.\//, '').slice(0, 200) }
      yield { kind: 'install-script.runs', artifact: id, count: 1, locations: [], data }
    }
  }
}
