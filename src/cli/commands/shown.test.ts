import { rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { commit } from '../../../fixtures/servers/hub.ts'
import { at, flip, hub, ollama, project, rules, swap } from '../../../fixtures/servers/served-project.ts'

/** What the part is for, from beginning to end, on two models, a dataset, an npm plugin and an Ollama model. */
describe('init, lock, pull, verify', () => {
  it('end in five different findings and failing exits for five ways of tampering', async () => {
    rmSync(path.join(project.folder, 'weighmaster.yaml'))
    project.write('train.py', 'm = AutoModel.from_pretrained("acme/tiny")\nd = load_dataset("acme/rows")\n')
    project.write('config/eval.yaml', 'model_name_or_path: acme/second\n')
    project.write(
      '.mcp.json',
      '{"mcpServers": {"s": {"command": "npx", "args": ["-y", "@acme/server@1.0.0"]}}}',
    )
    project.write('Modelfile', `FROM ${ollama.host}/library/small:1b\n`)
    expect(await project.run('init')).toMatchObject({ code: 0 })
    // A person pins the model that they mean to a tag.
    const written = project.read('weighmaster.yaml').replace('"hf:acme/tiny"', '"hf:acme/tiny@v1"')
    project.write('weighmaster.yaml', written)
    for (const command of ['lock', 'pull']) expect(await project.run(command)).toMatchObject({ code: 0 })
    expect(await rules('--frozen', '--online')).toEqual({ code: 0, stderr: '', rules: [] })
    expect(JSON.parse(project.read('weighmaster.lock')).entries).toHaveLength(5)

    const found: string[] = []
    const tampered = async (how: () => void, undo: () => unknown, ...flags: string[]) => {
      how()
      const { code, rules: stated } = await rules('--frozen', ...flags)
      expect({ code, stated }).toEqual({ code: 1, stated: [expect.any(String)] })
      found.push(...stated)
      undo()
    }
    const weights = at('models/acme/tiny/model.safetensors')
    await tampered(
      () => flip(weights),
      () => flip(weights),
    )
    const more = at('datasets/acme/rows/more.csv')
    await tampered(
      () => writeFileSync(more, 'a,b\n3,4\n'),
      () => rmSync(more),
    )
    const readme = at('models/acme/tiny/README.md')
    await tampered(
      () => swap(readme, path.join(project.folder, 'elsewhere.md')),
      () => {
        rmSync(readme)
        writeFileSync(readme, '# Tiny\n')
      },
    )
    const [tiny, second] = hub.repositories
    const number = second?.number ?? ''
    await tampered(
      () => second && Object.assign(second, { number: 'f'.repeat(24) }),
      () => second && Object.assign(second, { number }),
      '--online',
    )
    await tampered(
      () => tiny?.tags.set('v1', commit(tiny, 'main', { 'config.json': '{"other": 1}' })),
      () => undefined,
      '--online',
    )
    expect(found).toEqual([
      'lock/changed',
      'lock/extra',
      'lock/link-swapped',
      'identity/recreated',
      'identity/tag-moved',
    ])
  }, 120_000)
})
