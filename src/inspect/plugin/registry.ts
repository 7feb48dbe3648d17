import type { Inspector } from '../inspector.ts'
import { agentConfig } from './agent-config.ts'
import { instructions } from './instructions.ts'
import { mcpSurface } from './mcp-surface.ts'
import { pluginManifest } from './plugin-manifest.ts'

/** Every inspector of plugins and prompts, one line each. */
export const PLUGIN_INSPECTORS: readonly Inspector[] = [agentConfig, pluginManifest, instructions, mcpSurface]
