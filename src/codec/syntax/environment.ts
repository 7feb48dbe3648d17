import { FOLDER_VARIABLES, isSecretName } from './places.ts'
import { LABEL, text, type Value } from './values.ts'

/** An environment variable: folders are constants, others are data from outside. */
export function variable(name: Value | undefined): Value {
  const constant = typeof name?.constant === 'string' ? name.constant : undefined
  if (constant !== undefined && Object.hasOwn(FOLDER_VARIABLES, constant))
    return text(FOLDER_VARIABLES[constant] ?? '')
  const secret = constant !== undefined && isSecretName(constant)
  const labels = secret ? LABEL['secret-environment'] | LABEL.environment : LABEL.environment
  return { labels, ...(constant === undefined ? {} : { variable: constant }) }
}
