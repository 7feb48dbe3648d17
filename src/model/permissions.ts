/** What `weighmaster permissions` shows: for every plugin what it says, does and may, with the differences. */
export interface PermissionReport {
  /** Of this form; keys may be added within it. */
  readonly schemaVersion: 1
  readonly tool: { readonly name: 'weighmaster'; readonly version: string }
  readonly targets: readonly string[]
  readonly plugins: readonly PluginPermissions[]
}

export interface PluginPermissions {
  readonly name: string
  /** Kind of its manifest, `server` for one that a client starts, `code` for a folder without any. */
  readonly kind: string
  /** The manifest, or the folder or file where there is none. */
  readonly path: string
  /** Source files that were read. */
  readonly files: number
  readonly capabilities: readonly PermissionRow[]
  readonly tools: readonly ToolPermissions[]
  readonly differences: readonly PermissionDifference[]
  /** What was not analysed, and so may do anything. */
  readonly unanalyzed: readonly { readonly what: string; readonly where: string }[]
}

export interface ToolPermissions {
  readonly name: string
  /** Annotations as stated: `readOnlyHint=true`. */
  readonly hints: readonly string[]
  readonly capabilities: readonly PermissionRow[]
}

/** One capability in the three columns. */
export interface PermissionRow {
  readonly capability: string
  readonly scope: string
  /** Who declares it. */
  readonly declared: readonly string[]
  /** Where code does it: `file:line → call`. */
  readonly inferred: readonly string[]
  /** Places in code, of which `inferred` holds the first. */
  readonly count: number
  /** When it happens at the earliest: on-install, on-load, on-call or test; empty where code does not do it. */
  readonly when: string
  /** What grants it. */
  readonly granted: readonly string[]
}

export interface PermissionDifference {
  readonly kind: 'undeclared' | 'over-grant' | 'annotation-lie'
  readonly tool: string
  readonly capability: string
  readonly scope: string
  /** The annotation that is contradicted, or the smallest grant that is enough. */
  readonly about: string
  readonly certain: boolean
  readonly witness: string
}
