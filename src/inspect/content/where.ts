import type { Artifact } from '../../model/artifact.ts'

const TESTS =
  /(?:^|\/)(?:tests?|__tests__|specs?|e2e|fixtures?|testdata|test[-_]data|mocks?|examples?)\/|(?:^|\/)(?:test_[^/]*|[^/]*[._-](?:test|spec)\.\w+|[^/]*\.example|conftest\.py)$/

/** Is a file a test's or an example's by its last folders, where keys are made up? */
export function whereOf({ locator }: Artifact): 'file' | 'test' {
  const path = (locator.members.at(-1) ?? locator.root).replaceAll('\\', '/').toLowerCase()
  return TESTS.test(path.split('/').slice(-3).join('/')) ? 'test' : 'file'
}
