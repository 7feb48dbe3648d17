declare module 'spdx-license-ids' {
  const ids: readonly string[]
  export default ids
}

declare module 'spdx-expression-parse' {
  /** Throws where the text is no SPDX licence expression. */
  export default function parse(expression: string): unknown
}
