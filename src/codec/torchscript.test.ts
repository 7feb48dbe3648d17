import { describe, expect, it } from 'vitest'
import { scriptNames } from './torchscript.ts'

const names = (source: string) => [...scriptNames(source)].map(({ kind, name }) => `${kind} ${name}`)

describe('scriptNames', () => {
  it('names what is called, through every spelling of torch', () => {
    const source = 'x = torch.relu(y)\nz = ops.image.write_file("a", x)\nw = torch.ops.evil.run (x)'
    expect(names(source)).toEqual(['operator aten::relu', 'operator image::write_file', 'operator evil::run'])
  })

  it('does not look into strings and comments', () => {
    expect(names('# ops.evil.run(x)\ny = "torch.save(x, \\"a\\")"\nz = \'eval(1)\'')).toEqual([])
  })

  it('names bound classes, Python operators and ways out', () => {
    const source = 'a : __torch__.torch.classes.evil.Shell\nb = ^Op()(x)\nc = __import__("os")'
    expect(names(source)).toEqual([
      'class __torch__.torch.classes.evil.Shell',
      'escape prim::PythonOp ^Op',
      'escape __import__',
    ])
  })
})
