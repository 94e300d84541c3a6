import { readFileSync } from 'node:fs';
import { basename, isAbsolute, resolve } from 'node:path';
import { equalBytes } from '@aivm/core/bytes';
import { type KernelBackend, referenceBackend } from '@aivm/core/kernels';
import { ProofVerifyOp, ProofVerifyResult } from '@aivm/core/layout';
import type { BackendKind } from '../engine/backend-kind.ts';
import type { LoadedPlugin } from '../engine/gpu-backend.ts';
import { type NativeLoader, nativeLoader } from './native-loader.ts';
import { PluginOpenError } from './plugin-errors.ts';
import { createBackgroundKernels, createPluginKernels } from './plugin-kernels.ts';
import { PluginLibrary } from './plugin-library.ts';

/** Which library to open, as a plugin of which backend. */
export interface OpenPluginParameters {
  readonly kind: BackendKind;
  /** A path, or a bare file name for the system's own search. */
  readonly path: string;
}

/**
 * Opens one library, resolves its six functions and lets it answer one op, which shows that there is a device behind it.
 * @throws PluginOpenError with the reason why the library cannot serve
 */
export function openPlugin({ kind, path }: OpenPluginParameters): LoadedPlugin {
  const library = new PluginLibrary(requireLoader(path), kind, path);
  const kernels = createPluginKernels(library);
  const failure = probeDevice(kernels);
  if (failure !== undefined) {
    library.close();
    throw new PluginOpenError(path, failure.message, { cause: failure });
  }
  return {
    kind,
    path: absolutePathOf(path),
    kernels,
    background: createBackgroundKernels(library),
    createArena: (byteLength) => library.createArena(byteLength),
    release: () => library.close(),
  };
}

function requireLoader(path: string): NativeLoader {
  const result = nativeLoader();
  if ('reason' in result) throw new PluginOpenError(path, result.reason);
  return result.loader;
}

/** Runs one op; the error of the call, or one that says that the answer is wrong. */
function probeDevice(kernels: Pick<KernelBackend, 'proofVerify'>): Error | undefined {
  const ops = ProofVerifyOp.create({ Kind: 7, Nonce: 0x01020304 }).bytes.fill(0x5a, 0, 208);
  const expected = ProofVerifyResult.createArena(1);
  const actual = ProofVerifyResult.createArena(1);
  referenceBackend.proofVerify(ops, expected);
  try {
    kernels.proofVerify(ops, actual);
  } catch (error) {
    return new Error(
      `it opens, but its device is not usable: ${error instanceof Error ? error.message : error}`,
      {
        cause: error,
      },
    );
  }
  return equalBytes(expected, actual) ? undefined : new Error('it gives a wrong answer to a single op');
}

/** Where a library lies. A bare name was found by the loader; only Linux says where. */
function absolutePathOf(path: string): string {
  if (isAbsolute(path)) return path;
  if (basename(path) !== path) return resolve(path);
  try {
    const lines = readFileSync('/proc/self/maps', 'utf8').split('\n');
    const line = lines.find((text) => text.endsWith(`/${path}`));
    return line === undefined ? path : line.slice(line.indexOf('/'));
  } catch {
    return path;
  }
}
