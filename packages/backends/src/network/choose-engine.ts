import { AivmError } from '@aivm/core/errors';
import { platformWebAssembly } from '../wasm/web-assembly.ts';
import { checkLibrary } from './native-check.ts';
import { createNativeEngine } from './native-engine.ts';
import { findNetworkLibrary } from './native-library.ts';
import type { NetworkEngine } from './network-engine.ts';
import { createReferenceEngine } from './reference-engine.ts';
import { createWasmEngine } from './wasm-engine.ts';

/** What AIVM_NETWORK_ENGINE may name; `auto` is the fastest that works. */
export const NETWORK_ENGINES = ['auto', 'native', 'wasm', 'reference'] as const;
export type NetworkEngineName = (typeof NETWORK_ENGINES)[number];

/** An engine, and one line for the log: which, or why not a faster one. */
export interface ChosenNetworkEngine {
  readonly engine: NetworkEngine;
  readonly reason: string;
  /** Whether a native library is there and gave a wrong or no answer. */
  readonly isFaulty: boolean;
}

export interface ChooseNetworkEngineParameters {
  /** As `process.env`: AIVM_NETWORK_ENGINE, AIVM_NETWORK_LIBRARY, LUX_GPU_PLUGIN_DIR and LUXCPP_PREFIX count. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The name to take before that in the environment. */
  readonly name?: NetworkEngineName;
  /** Told once about a call that a native library refused. */
  readonly onRefusal?: (message: string) => void;
}

/**
 * The engine that runs integer networks here: C where a library is built, opens and computes some layers rightly, else
 * WebAssembly, else the reference. All give the same bytes.
 *
 * @throws AivmError `malformed` for another name, `gpu_not_available` where the native engine is named and not to be had
 */
export function chooseNetworkEngine({
  environment,
  name = engineName(environment.AIVM_NETWORK_ENGINE),
  onRefusal,
}: ChooseNetworkEngineParameters): ChosenNetworkEngine {
  if (name === 'reference') return { engine: createReferenceEngine(), reason: 'reference', isFaulty: false };
  const native =
    name === 'wasm' ? { reason: 'it was chosen', isFaulty: false } : openNative(environment, onRefusal);
  if (native.engine !== undefined) return { ...native, engine: native.engine };
  if (name === 'native')
    throw new AivmError('gpu_not_available', `native engine of networks: ${native.reason}`);
  const isThere = platformWebAssembly() !== undefined;
  const engine = isThere ? createWasmEngine() : createReferenceEngine();
  return { engine, reason: `${engine.name}: ${native.reason}`, isFaulty: native.isFaulty };
}

function engineName(value: string | undefined): NetworkEngineName {
  if (value === undefined || value === '') return 'auto';
  const found = NETWORK_ENGINES.find((name) => name === value);
  if (found === undefined)
    throw new AivmError(
      'malformed',
      `AIVM_NETWORK_ENGINE: expected ${NETWORK_ENGINES.join(', ')}, got ${value}`,
    );
  return found;
}

function openNative(
  environment: ChooseNetworkEngineParameters['environment'],
  onRefusal: ChooseNetworkEngineParameters['onRefusal'],
): Omit<ChosenNetworkEngine, 'engine'> & { readonly engine?: NetworkEngine } {
  const library = findNetworkLibrary(environment);
  if ('reason' in library) return library;
  const fault = checkLibrary(library);
  if (fault !== undefined) return { reason: `${library.path}: ${fault}`, isFaulty: true };
  const engine = createNativeEngine(library, onRefusal);
  return { engine, reason: `${engine.name}, ${library.path}`, isFaulty: false };
}
