import path from 'node:path'
import type { Kind, TextFile } from '../model/lock.ts'

/** Of a plugin: what tells an assistant what to do. Of a model: its chat template. Of prompts: everything. */
const NAMES: Readonly<Record<Kind, RegExp>> = {
  prompts: /./,
  plugins:
    /(?:^|\/)(?:SKILL|AGENTS|CLAUDE|GEMINI)\.md$|\.prompt(?:\.|$)|(?:^|\/)(?:prompts|commands|agents|rules)\//i,
  models: /\.jinja2?$/i,
  datasets: /^$/,
}

/** The texts of an entry that are instructions: kept in the lock, so that a change can be read. */
export function promptsOf(kind: Kind, texts: readonly TextFile[]): TextFile[] {
  return texts.filter((file) => NAMES[kind].test(path.posix.normalize(file.path)))
}
