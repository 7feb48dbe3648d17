import { describe, expect, it } from 'vitest'
import { discover } from './discover.ts'

const refs = (path: string, text: string) =>
  discover([{ path, text }]).map(({ kind, ref }) => `${kind} ${ref}`)

describe('discover', () => {
  it.each<[string, string, string, string[]]>([
    [
      'a loader call',
      'train.py',
      'AutoModel.from_pretrained("acme/tiny", revision="v1")',
      ['models hf:acme/tiny'],
    ],
    [
      'a keyword argument',
      'get.py',
      'snapshot_download(\n  repo_id="acme/tiny",\n)',
      ['models hf:acme/tiny'],
    ],
    ['a dataset', 'train.py', "load_dataset('acme/rows', split='train')", ['datasets hf:datasets/acme/rows']],
    [
      'YAML',
      'configs/train.yaml',
      'model_name_or_path: acme/tiny\ndataset: acme/rows\n',
      ['models hf:acme/tiny', 'datasets hf:datasets/acme/rows'],
    ],
    ['JSON', 'config.json', '{"base_model": "acme/tiny", "n": 1}', ['models hf:acme/tiny']],
    ['TOML', 'pyproject.toml', 'model_id = "acme/tiny"\n', ['models hf:acme/tiny']],
    [
      'a hub address',
      'run.sh',
      'curl https://huggingface.co/datasets/acme/rows/resolve/main/x.csv',
      ['datasets hf:datasets/acme/rows'],
    ],
    ['a Modelfile', 'Modelfile', 'FROM llama3.2:3b\nPARAMETER x 1\n', ['models ollama:llama3.2:3b']],
    [
      'a Modelfile with a host',
      'Modelfile.dev',
      'FROM registry.example:5000/team/small:1b',
      ['models ollama:registry.example:5000/team/small:1b'],
    ],
    ['a skill', '.claude/skills/pdf/SKILL.md', '# PDF', ['plugins file:./.claude/skills/pdf']],
    ['prompts', 'prompts/system.prompt.md', 'You are …', ['prompts file:./prompts/system.prompt.md']],
    ['instructions', 'AGENTS.md', 'Use pnpm.', ['prompts file:./AGENTS.md']],
    [
      'an MCP server',
      '.mcp.json',
      '{"mcpServers": {"a": {"command": "npx", "args": ["-y", "@acme/server@1.0.0"]}}}',
      ['plugins npm:@acme/server@1.0.0'],
    ],
    [
      'an editor’s MCP servers',
      '.vscode/mcp.json',
      '{"servers": {"a": {"command": "uvx", "args": ["acme-mcp==1.2"]}}}',
      ['plugins pypi:acme-mcp==1.2'],
    ],
    [
      'settings of an assistant',
      '.gemini/settings.json',
      '{"mcpServers": {"a": {"command": "/usr/bin/npx", "args": ["acme-mcp"]}}}',
      ['plugins npm:acme-mcp'],
    ],
  ])('finds %s', (_, path, text, expected) => {
    expect(refs(path, text)).toEqual(expected)
  })

  it.each([
    ['a path', 'train.py', 'from_pretrained("./models/tiny")'],
    ['a variable', 'train.py', 'from_pretrained(model_name)'],
    ['weights beside a Modelfile', 'Modelfile', 'FROM ./tiny.gguf\n'],
    ['weights in a Modelfile’s folder', 'Modelfile', 'FROM tiny.gguf\n'],
    ['a page of the hub', 'run.py', '# https://huggingface.co/docs/transformers'],
    ['prose', 'README.md', 'We tried huggingface.co/acme/tiny with model: acme/tiny'],
    ['a broken configuration', '.mcp.json', '{"mcpServers": {'],
    [
      'a server that is a script',
      '.mcp.json',
      '{"mcpServers": {"a": {"command": "python", "args": ["server.py"]}}}',
    ],
    ['a media type', 'api.yaml', 'model: application/json\n'],
  ])('leaves out %s', (_, path, text) => {
    expect(refs(path, text)).toEqual([])
  })

  it('names each thing once', () => {
    const text = 'from_pretrained("acme/tiny"); from_pretrained("acme/tiny")'
    expect(
      discover([
        { path: 'a.py', text },
        { path: 'b.py', text },
      ]),
    ).toEqual([{ kind: 'models', ref: 'hf:acme/tiny', from: 'a.py' }])
  })
})
