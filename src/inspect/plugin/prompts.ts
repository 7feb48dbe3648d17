import { memorySource } from '../../bytes/memory.ts'
import { frontMatter } from '../../codec/front-matter.ts'
import { everyKey, isObject, listOf, objectOf, textOf, textsOf } from '../../codec/json-values.ts'
import { pathForm } from '../../codec/path-form.ts'
import { addressOf, urlWithoutSecrets } from '../../codec/plugin/address.ts'
import {
  HEADED_PROMPTS as HEADED,
  PLAIN_PROMPTS as PLAIN,
  YAML_PROMPTS as YAML,
} from '../../codec/plugin/instruction-files.ts'
import { readYamlValues } from '../../codec/yaml.ts'
import { anonymousName } from '../../model/artifact.ts'
import type { JsonObject } from '../../model/fact.ts'
import { FormatError } from '../../model/trouble.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'
import { FACTS } from './agent-config.ts'
import { type CommandPlace, ranLine } from './commands.ts'
import { pathOf, readText, signProbe } from './document.ts'
import { variable } from './servers.ts'
import { said, stringsOf, wording } from './wording.ts'

/** Prompts in files: prompty, GitHub Models, dotprompt, promptfoo and plain templates. */
export const prompts: Inspector = {
  id: 'prompts',
  detect: {
    probe: signProbe([/^(?:providers|targets):/m, /^(?:prompts|tests):/m]),
    path: new RegExp([YAML, HEADED, PLAIN].map(({ source }) => source).join('|')),
  },
  facts: FACTS,
  inspect,
}

async function* inspect(opened: Opened, context: InspectContext): AsyncGenerator<Emission> {
  const path = pathOf(opened)
  const isNamed = YAML.test(path) || HEADED.test(path) || PLAIN.test(path)
  const read = await readText(opened, context)
  if (!read) {
    if (isNamed) throw new FormatError('corrupt', 'a prompt that is no text')
    return
  }
  const { text, length, cut } = read
  context.meter.hold(length)
  try {
    if (isNamed) yield { type: 'span', offset: 0, length, as: 'inspected' }
    if (isNamed && cut)
      yield { type: 'damage', kind: 'limit', message: `a prompt of ${length} bytes is read in part` }
    const name = (path.split('/').at(-1) ?? '').replace(/\.[^.]*$/, '')
    if (HEADED.test(path)) yield* headed(text, name, path)
    else if (!isNamed || YAML.test(path)) yield* document(text, name, isNamed)
    else {
      yield manifest('prompt', name)
      // Templates by name are claimed by the inspector of Jinja as well.
      yield* template(text, name, false, '')
    }
  } finally {
    context.meter.release(length)
  }
}

function manifest(kind: string, name: string): Emission {
  return fact('plugin.manifest', {
    kind,
    name: name.slice(0, 200),
    version: '',
    client: '',
    scope: 'project',
  })
}

/** A prompt's text, and where it is Jinja the program that a template is. */
function* template(text: string, name: string, isJinja: boolean, pointer: string): Generator<Emission> {
  yield* said(wording(text, { role: 'prompt', owner: name, field: 'body', pointer }))
  if (isJinja && /\{[{%]/.test(text)) {
    yield {
      type: 'child',
      name: anonymousName('template'),
      bytes: memorySource(Buffer.from(text)),
      format: 'chat-template',
    }
  }
}

/** `.prompty` and `.prompt`: settings, then the template. */
async function* headed(text: string, name: string, path: string): AsyncGenerator<Emission> {
  yield manifest('prompt', name)
  const { head, body } = frontMatter(text)
  const { documents, errors } = head === undefined ? { documents: [], errors: 0 } : await readYamlValues(head)
  if (errors > 0) yield { type: 'damage', kind: 'corrupt', message: 'settings of a prompt that are no YAML' }
  const root = objectOf(documents[0])
  const inputs = Object.keys(objectOf(root.inputs ?? objectOf(root.input).schema))
  yield fact('plugin.prompt', {
    from: 'prompt',
    server: '',
    name: textOf(root.name) || name,
    arguments: inputs.slice(0, 100),
  })
  yield* connections(root)
  yield* said(stringsOf(root, { role: 'prompt', owner: name, field: '', pointer: '' }))
  // prompty fills templates by Jinja unless told otherwise; dotprompt by Handlebars, which calls nothing.
  const { template: format } = root
  const isJinja =
    path.endsWith('.prompty') && !/mustache|none/i.test(textOf(format) || textOf(objectOf(format).format))
  yield* template(body, name, isJinja, '')
}

/** Where models and their keys are, and which files are put in. */
function* connections(root: JsonObject): Generator<Emission> {
  for (const { key, value, pointer } of everyKey(root)) {
    if (typeof value !== 'string') continue
    if (/^(?:base_?url|endpoint|azure_endpoint|url)$/i.test(key) && value.includes('://')) {
      yield fact(
        'plugin.endpoint',
        { from: 'prompt', server: '', role: 'model', url: urlWithoutSecrets(value), ...addressOf(value) },
        { pointer },
      )
    }
    if (/^(?:api_?key|key|token|authorization|secret)$/i.test(key))
      yield variable('input', key, value, { from: 'prompt', server: '' }, pointer)
    const file = /\$\{file:([^}]+)\}/.exec(value)?.[1]
    if (file)
      yield fact(
        'edge.plugin',
        { target: file, role: 'instructions', form: pathForm(file), base: '' },
        { pointer },
      )
  }
}

async function* document(text: string, name: string, isNamed: boolean): AsyncGenerator<Emission> {
  const { documents, errors } = await readYamlValues(text)
  if (errors > 0 && isNamed)
    yield { type: 'damage', kind: 'corrupt', message: 'a prompt file that is no YAML' }
  for (const value of documents) {
    const root = objectOf(value)
    const isSuite =
      Array.isArray(root.prompts) ||
      typeof root.prompts === 'string' ||
      root.providers !== undefined ||
      root.targets !== undefined
    const messages = listOf(root.messages)
    if (isSuite && (root.tests !== undefined || root.prompts !== undefined)) yield* promptfoo(root, name)
    else if (messages.length > 0 || (isNamed && isObject(value))) {
      yield manifest('prompt', name)
      yield fact('plugin.prompt', {
        from: 'prompt',
        server: '',
        name: textOf(root.name) || name,
        arguments: [],
      })
      yield* connections(root)
      const { testData, ...told } = root
      yield* said(stringsOf(told, { role: 'prompt', owner: name, field: '', pointer: '' }))
      yield* said(stringsOf(testData, { role: 'test', owner: name, field: 'testData', pointer: '/testData' }))
    }
  }
}

const SCRIPT = /^(?:file:\/\/|python:|ruby:|golang:)(.+?\.(?:py|[mc]?[jt]s|rb|go))(?::\w+)?$/

/** promptfoo runs what its configuration names: scripts, commands, and code in assertions and transformations. */
function* promptfoo(root: JsonObject, name: string): Generator<Emission> {
  yield manifest('promptfoo', name)
  const place: CommandPlace = { from: 'promptfoo', server: '', base: '' }
  yield* said(stringsOf(root.prompts, { role: 'prompt', owner: name, field: 'prompts', pointer: '/prompts' }))
  yield* said(stringsOf(root.tests, { role: 'test', owner: name, field: 'tests', pointer: '/tests' }))
  yield* connections(root)
  const strings = [...everyKey(root)].flatMap(({ key, value, pointer, owner }) =>
    textsOf(value).map((text) => ({ key, text, pointer, owner })),
  )
  for (const { key, text, pointer, owner } of strings) {
    const at = { pointer }
    const script = SCRIPT.exec(text)?.[1]
    if (script)
      yield fact('edge.plugin', { target: script, role: 'script', form: pathForm(script), base: '' }, at)
    else if (/^exec:/.test(text))
      yield* ranLine(
        text.replace(/^exec:\s*/, ''),
        { runs: 'test', event: key, asks: false },
        { ...place, at },
      )
    else {
      const language = languageOf(key, owner)
      if (language !== undefined && key !== 'type') yield* code(text, language, key, pointer)
    }
  }
}

/** The language of a string that promptfoo evaluates; undefined for all others. */
function languageOf(key: string, owner: JsonObject): 'javascript' | 'python' | undefined {
  if (
    /^(?:transform|transformVars|contextTransform|transformResponse|transformRequest|responseParser|validateStatus)$/.test(
      key,
    )
  )
    return 'javascript'
  const type = textOf(owner.type).replace(/^not-/, '')
  return key === 'value' && (type === 'javascript' || type === 'python') ? type : undefined
}

function* code(text: string, language: string, key: string, pointer: string): Generator<Emission> {
  yield fact(
    'plugin.command',
    { from: 'promptfoo', runs: 'test', event: key, asks: false, command: text.slice(0, 300) },
    { pointer },
  )
  yield { type: 'child', name: anonymousName(key), bytes: memorySource(Buffer.from(text)), format: language }
}
