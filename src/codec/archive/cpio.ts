import type { ByteSource } from '../../bytes/source.ts'
import { FormatError } from '../../model/trouble.ts'
import { decodeName } from '../names.ts'
import { Window } from '../window.ts'

export interface CpioMember {
  readonly name: string
  readonly at: number
  readonly mode: number
  readonly dataStart: number
  readonly size: number
  /** Where the next header is: behind the content and its padding. */
  readonly next: number
}

const NAME_MOST = 64 * 1024
export const CPIO_END = 'TRAILER!!!'

/**
 * Members of a cpio archive: the `newc` and `crc` forms of SVR4 (initramfs, RPM) and the `odc` form of POSIX.1-1988. The
 * trailer is the last one. Throws `FormatError` where no header is, or a member ends beyond the file.
 */
export async function* cpioMembers(source: ByteSource, signal?: AbortSignal): AsyncGenerator<CpioMember> {
  const window = new Window(source, signal)
  for (let at = 0; ; ) {
    const member = await read(window, at)
    yield member
    if (member.name === CPIO_END) return
    at = member.next
  }
}

async function read(window: Window, at: number): Promise<CpioMember> {
  const magic = latin1(await window.at(at, 6))
  const form = FORMS[magic]
  if (!form) throw new FormatError(at >= window.size ? 'truncated' : 'corrupt', 'no cpio header', at)
  const header = latin1(await window.at(at, form.header))
  const number = (field: readonly [number, number]) => {
    const digits = header.slice(field[0], field[0] + field[1])
    const value = form.digits.test(digits) ? Number.parseInt(digits, form.radix) : Number.NaN
    if (Number.isNaN(value)) throw new FormatError('corrupt', 'a cpio header with broken numbers', at)
    return value
  }
  const [mode, nameSize, size] = [number(form.mode), number(form.nameSize), number(form.size)]
  if (nameSize < 1 || nameSize > NAME_MOST) throw new FormatError('corrupt', 'an impossible name length', at)
  const nameBytes = await window.at(at + form.header, nameSize - 1)
  const name = decodeName(nameBytes)
  const align = (value: number) => (form.radix === 16 ? Math.ceil(value / 4) * 4 : value)
  const dataStart = align(at + form.header + nameSize)
  if (dataStart + size > window.size)
    throw new FormatError('truncated', 'a cpio member ends beyond the file', at)
  return { name, at, mode, dataStart, size, next: align(dataStart + size) }
}

interface Form {
  readonly header: number
  readonly radix: 8 | 16
  readonly digits: RegExp
  readonly mode: readonly [number, number]
  readonly nameSize: readonly [number, number]
  readonly size: readonly [number, number]
}

const NEWC: Form = {
  header: 110,
  radix: 16,
  digits: /^[\da-f]+$/i,
  mode: [14, 8],
  size: [54, 8],
  nameSize: [94, 8],
}
const ODC: Form = {
  header: 76,
  radix: 8,
  digits: /^[0-7]+$/,
  mode: [18, 6],
  nameSize: [59, 6],
  size: [65, 11],
}
const FORMS: Readonly<Record<string, Form>> = { '070701': NEWC, '070702': NEWC, '070707': ODC }

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}
