import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { scan } from '../../index.ts'

const BENIGN = path.resolve(import.meta.dirname, '../../../fixtures/benign')

/** What a file made by a real library says of its model: `how name value`. */
async function properties(target: string): Promise<string[]> {
  const { facts } = await scan([target], { jobs: 0 })
  return facts
    .filter(({ kind }) => kind === 'model.property')
    .map(({ data }) => `${data.how} ${data.property} ${data.value}`)
}

describe('what files say of their models', () => {
  it('ONNX: parameters and types counted over its tensors, ports with their shapes, operator sets', async () => {
    expect(await properties(path.join(BENIGN, 'onnx/exported.onnx'))).toEqual([
      'measured parameters 312',
      'measured dtype float32',
      'measured input x float32[1,1,8,8]',
      'measured output 8 float32[1,4]',
      'measured opset ai.onnx 20',
      'declared library pytorch 2.13.0',
    ])
  })

  it('ONNX: tensors beside the file count, shapes and indices do not', async () => {
    const external = await properties(path.join(BENIGN, 'onnx/external/model.onnx'))
    expect(external).toContain('measured parameters 2400')
    expect(await properties(path.join(BENIGN, 'onnx/function.onnx'))).not.toContainEqual(
      expect.stringContaining('parameters'),
    )
  })

  it('adapters: their base, their kind and their task', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'weighmaster-properties-'))
    try {
      const config = { base_model_name_or_path: 'acme/base', peft_type: 'LORA', task_type: 'CAUSAL_LM' }
      writeFileSync(path.join(folder, 'adapter_config.json'), JSON.stringify(config))
      writeFileSync(
        path.join(folder, 'tokenizer_config.json'),
        '{"tokenizer_class": "T", "model_max_length": 1e30}',
      )
      expect(await properties(folder)).toEqual([
        'declared base-model acme/base',
        'declared adapter LORA',
        'declared task CAUSAL_LM',
        'declared tokenizer T',
      ])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
