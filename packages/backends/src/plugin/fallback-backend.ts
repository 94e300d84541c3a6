import { type ArenaBackend, createKernelArena, ErrGPUNotAvailable, type KernelBackend } from '@aivm/core';
import { PluginCallError } from './plugin-errors.ts';

/** What a fallback engine is made of. */
export interface FallbackParameters {
  /** Asked first, until it fails. */
  readonly plugin: KernelBackend;
  /** Answers from then on. */
  readonly cpu: KernelBackend;
  /** Called once, with the error that ended the plugin's service. */
  readonly onFailure: (error: PluginCallError | ErrGPUNotAvailable) => void;
}

/**
 * An engine that survives its plugin: the call that fails is answered by the CPU on the same arenas, which the plugin
 * left untouched, and no later call goes to the plugin.
 */
export function createFallbackBackend({ plugin, cpu, onFailure }: FallbackParameters): ArenaBackend {
  let engine = plugin;
  const run = <Answer>(call: (backend: KernelBackend) => Answer): Answer => {
    try {
      return call(engine);
    } catch (error) {
      // Anything else is the caller's mistake, on every engine.
      const isFailure = error instanceof PluginCallError || error instanceof ErrGPUNotAvailable;
      if (!isFailure || engine === cpu) throw error;
      engine = cpu;
      onFailure(error);
      return call(cpu);
    }
  };
  return Object.freeze({
    get name() {
      return engine.name;
    },
    attestationApply: (...arenas: Parameters<KernelBackend['attestationApply']>) =>
      run((backend) => backend.attestationApply(...arenas)),
    provenanceApply: (...arenas: Parameters<KernelBackend['provenanceApply']>) =>
      run((backend) => backend.provenanceApply(...arenas)),
    anchorApply: (...arenas: Parameters<KernelBackend['anchorApply']>) =>
      run((backend) => backend.anchorApply(...arenas)),
    epochTransition: (...arenas: Parameters<KernelBackend['epochTransition']>) =>
      run((backend) => backend.epochTransition(...arenas)),
    inferenceStep: (...arenas: Parameters<KernelBackend['inferenceStep']>) =>
      run((backend) => backend.inferenceStep(...arenas)),
    proofVerify: (...arenas: Parameters<KernelBackend['proofVerify']>) =>
      run((backend) => backend.proofVerify(...arenas)),
    // Of the engine that serves now. Any engine takes any arena.
    createArena: (byteLength: number) => createKernelArena(engine, byteLength),
  });
}
