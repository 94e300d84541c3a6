import type { ArenaBackend } from '@aivm/core/kernels';
import { BackendKind } from '../engine/backend-kind.ts';
import type { LoadedPlugin } from '../engine/gpu-backend.ts';
import { openPlugin } from './open-plugin.ts';
import { PluginOpenError } from './plugin-errors.ts';

/** Which library to run kernels on. */
export interface CreatePluginBackendParameters {
  readonly path: string;
  /** The backend whose six functions it exports; found out when absent. */
  readonly kind?: BackendKind;
  /** Name of the engine in reports; `native` when absent. */
  readonly name?: string;
}

/** An engine over one plugin, without selection or fallback: for conformance, benchmarks and tests. */
export interface PluginBackend extends ArenaBackend {
  readonly kind: BackendKind;
  /** Absolute path of the library. */
  readonly path: string;
  /** Releases the library; a call after it throws ErrGPUNotAvailable. */
  close(): void;
}

/**
 * Opens the library at `path` as an engine.
 * @throws PluginOpenError when it cannot serve
 * @example runConformance({ files, backend: createPluginBackend({ path: 'native/build/cuda/libluxgpu_backend_cuda.so' }) });
 */
export function createPluginBackend(parameters: CreatePluginBackendParameters): PluginBackend {
  const plugin = open(parameters);
  return Object.freeze({
    name: parameters.name ?? 'native',
    kind: plugin.kind,
    path: plugin.path,
    ...plugin.kernels,
    createArena: (byteLength: number) => plugin.createArena?.(byteLength) ?? new Uint8Array(byteLength),
    close: () => plugin.release(),
  });
}

function open({ path, kind }: CreatePluginBackendParameters): LoadedPlugin {
  if (kind !== undefined) return openPlugin({ kind, path });
  const kinds = Object.values(BackendKind).filter((candidate) => candidate !== BackendKind.AvailableNone);
  const reasons = new Set<string>();
  for (const candidate of kinds) {
    try {
      return openPlugin({ kind: candidate, path });
    } catch (error) {
      if (!(error instanceof PluginOpenError)) throw error;
      reasons.add(error.reason);
    }
  }
  throw new PluginOpenError(path, [...reasons].join('; '));
}
