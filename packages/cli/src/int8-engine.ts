import type { Int8Engine } from '@aivm/worker';
import { ENGINE_NAMES, type EngineName, openEngine } from './kernel-engines.ts';

/** Engines that `watch` can re-run results on; `auto` is a kernel plugin where one serves, else WebAssembly. */
export const INT8_ENGINE_NAMES = ['auto', ...ENGINE_NAMES] as const;

/** An engine for batches of re-runs, for as long as a command needs it. */
export interface OpenInt8Engine {
  readonly engine: Int8Engine;
  /** Which engine and why, for the log. */
  readonly reason: string;
  close(): void;
}

/** @throws AivmError `gpu_not_available` when an engine was named and is missing; `auto` always finds one. */
export async function openInt8Engine(
  name: (typeof INT8_ENGINE_NAMES)[number],
  environment: NodeJS.ProcessEnv = process.env,
): Promise<OpenInt8Engine> {
  return name === 'auto' ? openAuto(environment) : openNamed(name, `${name} was asked for`);
}

async function openAuto(environment: NodeJS.ProcessEnv): Promise<OpenInt8Engine> {
  const { classifyBatch, findPlugin } = await import('@aivm/backends');
  const { backend: plugin, reason } = findPlugin({ platform: process.platform, environment });
  if (!plugin.isAvailable()) return openNamed('wasm', reason);
  const { inferenceStep } = plugin.background();
  const kernel = { name: plugin.name, inferenceStep };
  return {
    engine: { name: plugin.name, runBatch: (...batch) => classifyBatch(kernel, ...batch) },
    reason,
    close: () => plugin.close(),
  };
}

async function openNamed(name: EngineName, reason: string): Promise<OpenInt8Engine> {
  const { classifyBatch } = await import('@aivm/backends');
  const { backend, close } = await openEngine(name);
  return {
    engine: { name: backend.name, runBatch: (...batch) => classifyBatch(backend, ...batch) },
    reason,
    close,
  };
}
