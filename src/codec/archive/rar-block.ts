/** A block of a RAR archive that says something about a file, or about the archive as a whole. */
export interface RarBlock {
  readonly type: 'main' | 'file' | 'service' | 'encryption' | 'end' | 'other'
  readonly at: number
  /** Bytes of the header. */
  readonly header: number
  /** Content behind the header, as it is packed. */
  readonly packed: number
  readonly isSound: boolean
  /** One of several volumes, or a member that goes on in another. */
  readonly isSplit: boolean
  /** Main header: the other headers are encrypted. File: its content is. */
  readonly isEncrypted: boolean
  readonly name: string
  /** Packing method: 0 is stored. */
  readonly method: number
  readonly unpacked: number
  readonly isFolder: boolean
  /** Unix mode, where the host was Unix. */
  readonly mode: number
  readonly link?: { readonly target: string; readonly kind: 'symbolic' | 'hard' }
  /** Service block `STM`: the name of the NTFS stream that it restores. */
  readonly stream?: string
}

export interface RarReading {
  readonly block: Omit<RarBlock, 'at'>
  readonly next: number
}
