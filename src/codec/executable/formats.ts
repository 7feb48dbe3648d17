import { be16, be32, latin1, le16, le32 } from '../media/walk.ts'

/** A program that an operating system or virtual machine runs; `data` where it is none of ours. */
export type ExecutableFormat =
  | 'elf'
  | 'pe'
  | 'macho'
  | 'macho-fat'
  | 'ape'
  | 'wasm'
  | 'java-class'
  | 'dex'
  | 'script'

export interface Executable {
  readonly format: ExecutableFormat
  /** `program`, `library`, `object`, or `unknown` where the header does not say. */
  readonly role: string
  /** First word of a script's first line. */
  readonly interpreter?: string
}

/**
 * What program these first bytes begin, if any. Two letters are in random bytes once in 64 KiB, so every header is
 * checked field by field (formats 4.4): no tensor is mistaken for a program.
 */
export function executable(head: Uint8Array): Executable | undefined {
  return elf(head) ?? ape(head) ?? pe(head) ?? macho(head) ?? cafebabe(head) ?? small(head) ?? script(head)
}

const ELF_ROLES = ['', 'object', 'program', 'library', 'core']

function elf(head: Uint8Array): Executable | undefined {
  if (be32(head, 0) !== 0x7f454c46 || head.length < 52) return undefined
  const [wide, order, version] = [head[4], head[5], head[6]]
  if ((wide !== 1 && wide !== 2) || (order !== 1 && order !== 2) || version !== 1) return undefined
  const u16 = order === 1 ? le16 : be16
  const type = u16(head, 16)
  const headerSize = u16(head, wide === 2 ? 52 : 40)
  if (headerSize !== (wide === 2 ? 64 : 52) || type < 1 || type > 4) return undefined
  // A position-independent program has the type of a library and names its interpreter in the first pages.
  const role =
    type === 3 && latin1(head, 0, 4096).includes('/ld') ? 'program' : (ELF_ROLES[type] ?? 'unknown')
  return { format: 'elf', role }
}

function ape(head: Uint8Array): Executable | undefined {
  return latin1(head, 0, 8) === "MZqFpD='" ? { format: 'ape', role: 'program' } : undefined
}

function pe(head: Uint8Array): Executable | undefined {
  if (latin1(head, 0, 2) !== 'MZ') return undefined
  const at = le32(head, 0x3c)
  if (at < 0x40 || be32(head, at) !== 0x50450000 || at + 24 > head.length) return undefined
  return { format: 'pe', role: le16(head, at + 22) & 0x2000 ? 'library' : 'program' }
}

const MACHO_ROLES: Readonly<Record<number, string>> = {
  1: 'object',
  2: 'program',
  6: 'library',
  8: 'library',
}

function macho(head: Uint8Array): Executable | undefined {
  const magic = be32(head, 0)
  const little = magic === 0xcffaedfe || magic === 0xcefaedfe
  if (!little && magic !== 0xfeedfacf && magic !== 0xfeedface) return undefined
  const u32 = little ? le32 : be32
  const type = u32(head, 12)
  const cpu = u32(head, 4) & 0xffffff
  if (cpu === 0 || cpu > 64 || type < 1 || type > 12) return undefined
  return { format: 'macho', role: MACHO_ROLES[type] ?? 'unknown' }
}

/** Fat Mach-O and Java classes share a magic: a count of architectures is small, a class version is 45 or more. */
function cafebabe(head: Uint8Array): Executable | undefined {
  if (be32(head, 0) !== 0xcafebabe) return undefined
  const count = be32(head, 4)
  if (count > 0 && count < 45) {
    const cpu = be32(head, 8) & 0xffffff
    return cpu > 0 && cpu <= 64 ? { format: 'macho-fat', role: 'unknown' } : undefined
  }
  const major = be16(head, 6)
  return major >= 45 && major <= 100 && be16(head, 8) > 1
    ? { format: 'java-class', role: 'library' }
    : undefined
}

function small(head: Uint8Array): Executable | undefined {
  if (be32(head, 0) === 0x0061736d && le32(head, 4) === 1) return { format: 'wasm', role: 'library' }
  return /^dex\n\d{3}\0$/.test(latin1(head, 0, 8)) && le32(head, 40) === 0x12345678
    ? { format: 'dex', role: 'program' }
    : undefined
}

function script(head: Uint8Array): Executable | undefined {
  const line = /^#![ \t]*(\/[^\s\0]+)(?:[ \t]+([^\n\r\0]*))?[\r\n]/.exec(latin1(head, 0, 512))
  if (!line) return undefined
  const path = line[1] ?? ''
  // `/usr/bin/env -S python3 -u`: the program is the first argument that is no option.
  const program = path.endsWith('/env')
    ? (line[2] ?? '').split(/[ \t]+/).find((word) => !word.startsWith('-') && !word.includes('='))
    : path
  const interpreter = (program ?? path).split('/').at(-1) ?? ''
  return { format: 'script', role: 'program', interpreter }
}
