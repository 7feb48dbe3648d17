/** A class in a Python file, as configurations of the hub name it: `module.Class`, or `owner/repo--module.Class`. */
export interface PythonReference {
  /** The other repository; empty where it is this one. */
  readonly repository: string
  /** The file, as a path beside the configuration. */
  readonly file: string
  readonly name: string
}

/** The reading of `transformers.dynamic_module_utils`; undefined for what that refuses. */
export function pythonReference(text: string): PythonReference | undefined {
  const separator = text.indexOf('--')
  const repository = separator < 0 ? '' : text.slice(0, separator)
  const path = separator < 0 ? text : text.slice(separator + 2)
  const dot = path.lastIndexOf('.')
  if (dot <= 0) return undefined
  return { repository, file: `${path.slice(0, dot).replaceAll('.', '/')}.py`, name: path.slice(dot + 1) }
}
