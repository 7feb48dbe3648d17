import { textEncoding, textLength } from '../../codec/text.ts'
import { scriptNames } from '../../codec/torchscript.ts'
import type { FactCatalogue } from '../../model/fact.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'

const FACTS: FactCatalogue = {
  'torchscript.operator': {
    about: 'An operator that the compiled program calls; `namespace` is its first part (aten for torch.*).',
    fields: { operator: 'string', namespace: 'string' },
  },
  'torchscript.class': {
    about: 'A C++ class bound to TorchScript (`__torch__.torch.classes.<namespace>.<name>`).',
    fields: { class: 'string', namespace: 'string' },
  },
  'torchscript.escape': {
    about: 'A name that TorchScript has no business with: a Python operator or a way out to Python.',
    fields: { name: 'string' },
  },
}

/**
 * One source file of a TorchScript archive, as its container hints. The language is a small subset of Python that the
 * loader compiles: it can do no more than the operators it names, so the names are the whole story.
 */
export const torchscript: Inspector = {
  id: 'torchscript',
  // Its members are named like Python, which they nearly are.
  detect: { suffix: ['.py'] },
  facts: FACTS,
  inspect,
}

const HEAD = 64 * 1024

async function* inspect({ bytes }: Opened, { meter, signal }: InspectContext): AsyncGenerator<Emission> {
  const encoding = textEncoding(await bytes.read(0, HEAD), bytes.size > HEAD)
  if (encoding === undefined) return
  const length = await textLength(bytes, encoding, signal)
  meter.hold(length)
  try {
    const source = Buffer.from(await bytes.read(0, length)).toString('latin1')
    for (const { kind, name, namespace, offset } of scriptNames(source)) {
      if (kind === 'operator')
        yield fact('torchscript.operator', { operator: name, namespace }, { offset }, name)
      else if (kind === 'class') yield fact('torchscript.class', { class: name, namespace }, { offset }, name)
      else yield fact('torchscript.escape', { name }, { offset }, name)
    }
    yield { type: 'span', offset: 0, length, as: 'inspected' }
  } finally {
    meter.release(length)
  }
}
