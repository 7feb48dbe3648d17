/** Code and files where only descriptions belong: the metadata strings of formats that carry no code by design. */

const CODE =
  /^#!|<script\b|\b(?:__import__|eval|exec|os\.system|subprocess\.\w+)\s*\(|\bpowershell(?:\.exe)?\s+-|\b(?:curl|wget)\s[^|\n]*\|\s*(?:ba)?sh\b/i

/** A few words around the first thing that looks like code; undefined where nothing does. */
export function codeIn(value: string): string | undefined {
  const index = CODE.exec(value)?.index
  return index === undefined ? undefined : value.slice(Math.max(0, index - 20), index + 100)
}

/** First bytes, in base64, of what is worth a look when somebody stores it as text: pickle, zip, gzip, ELF, PE, images. */
const EMBEDDED = /^(?:gA[I-Z]|gASV|UEsDB|H4sI|f0VMR|TVqQ|TVpx|\/9j\/|iVBOR|R0lGOD|UklGR)/

/** The bytes of a file that a string holds in base64, as a data URL or bare. */
export function fileIn(value: string): Uint8Array | undefined {
  const text = value.replace(/^data:[^,]{0,200};base64,/, '')
  if (text.length < 24 || !EMBEDDED.test(text) || !/^[\w+/=\s-]*$/.test(text)) return undefined
  return Buffer.from(text, 'base64')
}
