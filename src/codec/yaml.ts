import type { YamlFile } from './yaml-reader.ts'

export type { YamlEntry, YamlFile, YamlTag } from './yaml-reader.ts'

/** Reads YAML without making values of it. The parser is large and most scans have no use for it: loaded on demand. */
export async function readYaml(text: string): Promise<YamlFile> {
  const { parseYaml } = await import('./yaml-reader.ts')
  return parseYaml(text)
}
