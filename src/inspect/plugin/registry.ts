import type { Inspector } from '../inspector.ts'
import { agentConfig } from './agent-config.ts'
import { apiPlugin } from './api-plugin.ts'
import { comfyNode, pythonBytecode, pythonMetadata, space } from './hosted.ts'
import { instructions } from './instructions.ts'
import { mcpRegistry } from './mcp-registry.ts'
import { mcpSurface } from './mcp-surface.ts'
import { mcpb, mcpbSignature } from './mcpb.ts'
import { modelfile } from './modelfile.ts'
import { packageJson } from './package-json.ts'
import { pluginManifest } from './plugin-manifest.ts'
import { prompts } from './prompts.ts'

/** Every inspector of plugins and prompts, one line each. */
export const PLUGIN_INSPECTORS: readonly Inspector[] = [
  agentConfig,
  pluginManifest,
  instructions,
  mcpSurface,
  mcpRegistry,
  mcpb,
  mcpbSignature,
  packageJson,
  pythonMetadata,
  pythonBytecode,
  apiPlugin,
  prompts,
  modelfile,
  comfyNode,
  space,
]
