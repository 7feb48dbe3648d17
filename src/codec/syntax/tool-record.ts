import type { FunctionDef, Range } from './ir.ts'

/** What a tool says of itself by the annotations of the protocol (MCP 2025-11-25, `ToolAnnotations`). */
export const HINTS = ['readOnlyHint', 'destructiveHint', 'idempotentHint', 'openWorldHint'] as const
export type Hint = (typeof HINTS)[number]

export type ToolRole = 'tool' | 'resource' | 'prompt'

/** A tool as the program defines it, to the model that will choose it. */
export interface ToolRecord extends Range {
  readonly name: string
  readonly role: ToolRole
  readonly description: string
  readonly hints: Partial<Record<Hint, boolean>>
}

/** A function that runs for a tool; without a name it runs for all of them, and asks which one is meant. */
export interface Handler {
  readonly tool: ToolRecord | undefined
  readonly fn: FunctionDef
}
