import type { Emission, Inspector, Opened } from '../inspector.ts'

/**
 * The raw numbers of one tensor storage in a torch archive, as its container hints. They say nothing of themselves, and
 * no loader interprets them; whether they are as long as the pickle claims is `relate/torch-storages.ts`.
 */
export const torchStorage: Inspector = { id: 'torch-storage', detect: {}, facts: {}, inspect }

async function* inspect({ bytes }: Opened): AsyncGenerator<Emission> {
  yield { type: 'span', offset: 0, length: bytes.size, as: 'opaque' }
}
