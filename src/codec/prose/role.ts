import type { TextRole } from '../../model/text-facts.ts'

const TESTS =
  /(?:^|\/)(?:tests?|__tests__|specs?|e2e|fixtures?|testdata|test[-_]data|evals?|probes|payloads|samples|red-?team\w*|corpus|corpora)(?:\/|$)|(?:^|[./_-])(?:tests?|spec|probes|payloads|attacks|conftest)[._-][^/]*$|(?:^|\/)(?:test_[^/]*|[^/]*_test\.\w+)$/
const DOCUMENTS =
  /(?:^|\/)(?:readme|changelog|changes|history|contributing|security|code_of_conduct|license|licence|notice|authors|copying)[^/]*$|(?:^|\/)docs?\//
const FOR_AGENTS = /(?:^|\/)(?:skills?|references?|agents?|commands|knowledge|memory|context|assets)\//

/**
 * What a file of text is to its reader, by its path in lower case, where its inspector knows no better. Only the name and
 * two folders count: where somebody keeps what they scan says nothing of it.
 */
export function roleOfPath(whole: string): TextRole {
  const path = whole.split('/').slice(-3).join('/')
  if (TESTS.test(path)) return 'test'
  if (/\.(?:jsonl|ndjson|csv|tsv)$/.test(path)) return 'data'
  if (FOR_AGENTS.test(path)) return 'resource'
  if (DOCUMENTS.test(path)) return 'documentation'
  return /\.html?$/.test(path) ? 'resource' : 'documentation'
}
