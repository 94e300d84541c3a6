import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import type { BackendKind } from '../engine/backend-kind.ts';
import { GPUBackend, type LoadedPlugin } from '../engine/gpu-backend.ts';
import { type PluginProbeParameters, pluginProbes } from '../engine/plugin-paths.ts';
import { nativeLoader } from './native-loader.ts';
import { openPlugin } from './open-plugin.ts';
import { PluginOpenError } from './plugin-errors.ts';

/** A library that was looked at and not taken. */
export interface PluginRejection {
  readonly kind: BackendKind;
  readonly path: string;
  readonly reason: string;
}

/** What a search found. */
export interface FoundPlugin {
  /** The plugin; the zero value when none serves, which is a normal state. */
  readonly backend: GPUBackend;
  /** One line for the log: which plugin, or why none. */
  readonly reason: string;
  /** Libraries that exist and cannot serve, in the order in which they were tried. */
  readonly rejections: readonly PluginRejection[];
}

/**
 * Opens the first plugin that serves, in the order of {@link pluginProbes}. Takes a few milliseconds without plugins,
 * as long as the device needs to start with one. Never throws: a machine without plugin, loader or device runs on.
 *
 * @example
 * const { backend, reason } = findPlugin({ platform: process.platform, environment: process.env });
 * installGPUBackend(backend); log(reason);
 */
export function findPlugin(parameters: PluginProbeParameters): FoundPlugin {
  const loader = nativeLoader();
  if ('reason' in loader) return { backend: new GPUBackend(), reason: loader.reason, rejections: [] };
  const rejections: PluginRejection[] = [];
  for (const { kind, paths } of pluginProbes(parameters)) {
    for (const path of paths) {
      const isBareName = basename(path) === path;
      if (!isBareName && !existsSync(path)) continue;
      const opened = tryOpen(kind, path);
      if (!('reason' in opened)) {
        const reason = `plugin ${opened.path}`;
        return { backend: new GPUBackend(opened), reason, rejections };
      }
      // A bare name that the loader does not know is the usual case and says nothing.
      const isAbsent = isBareName && opened.reason.includes('cannot open shared object file');
      if (!isAbsent) rejections.push({ kind, path, reason: opened.reason });
    }
  }
  const detail = rejections.map(({ path, reason }) => `${path}: ${reason}`).join('; ');
  const reason = detail === '' ? 'no plugin is installed' : `no plugin serves: ${detail}`;
  return { backend: new GPUBackend(), reason, rejections };
}

function tryOpen(kind: BackendKind, path: string): LoadedPlugin | { reason: string } {
  try {
    return openPlugin({ kind, path });
  } catch (error) {
    if (error instanceof PluginOpenError) return { reason: error.reason };
    throw error;
  }
}
