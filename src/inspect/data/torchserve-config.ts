import { textEncoding } from '../../codec/text.ts'
import type { FactCatalogue } from '../../model/fact.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'

const FACTS: FactCatalogue = {
  'torchserve-config.setting': {
    about:
      'A setting that opens the server. `what`: `address` (listens on every interface), `any-url` (models are fetched from anywhere), ' +
      '`installs` (packages of a model are installed), `no-token` (the interfaces ask for no token), `environment` (variables of the ' +
      'environment override settings).',
    fields: { key: 'string', what: 'string', value: 'string' },
  },
}

const MOST = 1024 * 1024

/** `config.properties` of TorchServe: what the server listens on, fetches and installs. */
export const torchserveConfig: Inspector = {
  id: 'torchserve-config',
  detect: {
    probe: (head, _tail, size) => (textEncoding(head, size > head.length) === 'utf-8' ? 'weak' : 'no'),
    name: ['config.properties'],
    suffix: ['/config.properties'],
  },
  facts: FACTS,
  inspect,
}

async function* inspect({ bytes }: Opened, { meter }: InspectContext): AsyncGenerator<Emission> {
  const length = Math.min(bytes.size, MOST)
  meter.hold(length)
  try {
    const lines = Buffer.from(await bytes.read(0, length))
      .toString()
      .split(/\r?\n/)
    yield { type: 'span', offset: 0, length, as: 'inspected' }
    if (bytes.size > MOST)
      yield { type: 'damage', kind: 'limit', message: `properties of ${bytes.size} bytes` }
    for (const [index, line] of lines.entries()) {
      const [, key = '', value = ''] = /^\s*([\w.]+)\s*[=:]\s*(.*?)\s*$/.exec(line) ?? []
      const what = meaning(key, value)
      if (what === undefined) continue
      const data = { key, what, value: value.slice(0, 200) }
      yield fact('torchserve-config.setting', data, { line: index + 1, column: 1 })
    }
  } finally {
    meter.release(length)
  }
}

function meaning(key: string, value: string): string | undefined {
  if (/^(?:management|inference|metrics|grpc_\w+)_address$/.test(key))
    return /\/\/(?:0\.0\.0\.0|\[::\])|^0\.0\.0\.0/.test(value) ? 'address' : undefined
  // The default was every address too, which was CVE-2023-43654 together with the one before.
  if (key === 'allowed_urls')
    return /(?:^|,)\s*(?:file|http)(?:s\??|\(s\)\?)?:\/\/\.\*/.test(value) ? 'any-url' : undefined
  if (value !== 'true') return undefined
  if (key === 'install_py_dep_per_model') return 'installs'
  if (key === 'disable_token_authorization') return 'no-token'
  return key === 'enable_envvars_config' ? 'environment' : undefined
}
