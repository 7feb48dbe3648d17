import type { YamlFile } from './yaml-reader.ts'
import type { YamlValues } from './yaml-value.ts'

export type { YamlEntry, YamlFile, YamlTag } from './yaml-reader.ts'
export type { YamlValues } from './yaml-value.ts'

/** Reads YAML without making values of it. The parser is large and most scans have no use for it: loaded on demand. */
export async function readYaml(text: string): Promise<YamlFile> {
  const { parseYaml } = await import('./yaml-reader.ts')
  return parseYaml(text)
}

/** Reads YAML as the plain values that a safe loader builds, within bounds. Throws `FormatError` of kind `limit`. */
export async function readYamlValues(text: string): Promise<YamlValues> {
  const { yamlValues } = await import('./yaml-value.ts')
  return yamlValues(text)
}
