import { type Message, signed } from '../../codec/protobuf.ts'
import type { FactDraft } from '../../model/fact.ts'
import { byCodePoint } from '../../model/order.ts'
import { property } from '../../model/property-facts.ts'

/** Names by `TensorProto.DataType`. */
const TYPES = [
  ...[
    '',
    'float32',
    'uint8',
    'int8',
    'uint16',
    'int16',
    'int32',
    'int64',
    'string',
    'bool',
    'float16',
    'float64',
  ],
  ...[
    'uint32',
    'uint64',
    'complex64',
    'complex128',
    'bfloat16',
    'float8e4m3fn',
    'float8e4m3fnuz',
    'float8e5m2',
  ],
  ...['float8e5m2fnuz', 'uint4', 'int4', 'float4e2m1', 'float8e8m0', 'uint2', 'int2'],
]
/** Types that weights have; the others are shapes, indices and masks. */
const WEIGHTS = /^(?:b?float|u?int[248]$)/
/** A model with more ports is an old one, which lists its weights as inputs. */
const PORTS = 64
const NAMES = 20_000

/** What a model is: counted over its tensors, and read from the ports of its graph. Texts are as the model has them. */
export class OnnxProperties {
  #parameters = 0n
  readonly #types = new Set<string>()
  readonly #tensors = new Set<string>()
  readonly #ports: { readonly name: string; readonly text: string; readonly as: 'input' | 'output' }[] = []

  tensor(message: Message): void {
    const type = TYPES[Number(message.int('data_type') ?? 0n)] ?? ''
    if (this.#tensors.size < NAMES) this.#tensors.add(message.text('name'))
    const dims = message.ints('dims').map(signed)
    if (!WEIGHTS.test(type) || dims.some((d) => d < 0n) || dims.length > 64) return
    this.#types.add(type)
    this.#parameters += dims.reduce((product, d) => product * d, 1n)
  }

  /** An input or output of the model itself, not of a graph inside it. */
  port(message: Message, as: 'input' | 'output'): void {
    if (message.parent?.parent?.name !== 'ModelProto' || this.#ports.length >= 2 * PORTS) return
    const [tensor] = message.messages('type').flatMap((type) => type.messages('tensor_type'))
    const dims = tensor?.messages('shape').flatMap((shape) => shape.messages('dim')) ?? []
    const shape = dims.map((dim) => dim.text('dim_param') || String(dim.int('dim_value') ?? '?'))
    const type = TYPES[Number(tensor?.int('elem_type') ?? 0n)] ?? ''
    const name = message.text('name')
    this.#ports.push({ name, as, text: `${name} ${type}[${shape.join(',')}]` })
  }

  *facts(model: Message): Generator<FactDraft> {
    if (this.#parameters > 0n) yield* property('parameters', this.#parameters, 'measured')
    for (const type of [...this.#types].sort(byCodePoint)) yield* property('dtype', type, 'measured')
    const ports = this.#ports.filter(({ as, name }) => as === 'output' || !this.#tensors.has(name))
    for (const { as, text } of ports.slice(0, PORTS)) yield* property(as, text, 'measured')
    for (const opset of model.messages('opset_import')) {
      const domain = opset.text('domain') || 'ai.onnx'
      yield* property('opset', `${domain} ${opset.int('version') ?? 0n}`, 'measured')
    }
    const producer = [model.text('producer_name'), model.text('producer_version')].join(' ')
    yield* property('library', producer, 'declared')
  }
}
