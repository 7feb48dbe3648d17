import type { FactCatalogue, FactDraft } from './fact.ts'

/**
 * What a model or dataset is, for bills of materials. Names of properties: `name`, `architecture`, `model-type`, `task`, `parameters`,
 * `dtype`, `quantization`, `context-length`, `vocabulary`, `layers`, `hidden-size`, `heads`, `licence`, `language`, `library`, `base-model`,
 * `dataset`, `metric`, `input`, `output`, `author`, `description`, `version`, `tag`, `url`, and what a format alone has (`opset`,
 * `adapter`, `tokenizer`). A bill takes the names `use-case`, `limitation`, `ethical-consideration`, `user`, `tradeoff`, `approach`,
 * `sensitive-data` and `built` into fields of their own; every other name goes into it as it is.
 */
export const PROPERTY_FACTS: FactCatalogue = {
  'model.property': {
    about:
      'A property of a model or dataset. `how`: `measured` from its tensors or graph, or `declared` by its configuration, metadata or card.',
    fields: { property: 'string', value: 'string', how: 'string' },
  },
}

/** Longer values are prose; a bill of materials names things. */
const VALUE = 300

export function property(
  name: string,
  value: string | number | bigint | undefined,
  how: 'measured' | 'declared',
): FactDraft[] {
  const text = value === undefined ? '' : String(value).trim().slice(0, VALUE)
  return text === '' ? [] : [{ kind: 'model.property', data: { property: name, value: text, how } }]
}
