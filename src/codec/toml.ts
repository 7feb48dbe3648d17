import type { Json } from '../model/fact.ts'

/** The value of a TOML document; undefined where its reader refuses it. Dates become objects without keys, which nobody asks for. */
export async function readToml(text: string): Promise<Json | undefined> {
  const { parse, TomlError } = await import('smol-toml')
  try {
    return parse(text, { integersAsBigInt: false }) as Json
  } catch (error) {
    if (error instanceof TomlError || error instanceof RangeError) return undefined
    throw error
  }
}
