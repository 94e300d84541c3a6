import { type ArenaBackend, createKernelArena, type KernelBackend } from '@aivm/core/kernels';
import { type EngineFailure, Failover } from './failover.ts';

/** What a fallback engine is made of. */
export interface FallbackParameters {
  /** Asked first, until it fails. */
  readonly plugin: KernelBackend;
  /** Answers from then on. */
  readonly cpu: KernelBackend;
  /** Called once, with the error that ended the plugin's service. */
  readonly onFailure: (error: EngineFailure) => void;
}

/**
 * An engine that survives its plugin: the call that fails is answered by the CPU on the same arenas, which the plugin
 * left untouched, and no later call goes to the plugin.
 */
export function createFallbackBackend({ plugin, cpu, onFailure }: FallbackParameters): ArenaBackend {
  const failover = new Failover({ engine: plugin, cpu, onFailure });
  const run = <Answer>(call: (backend: KernelBackend) => Answer): Answer => {
    const { current } = failover;
    try {
      return call(current);
    } catch (error) {
      return call(failover.afterFailure(error, current));
    }
  };
  return Object.freeze({
    get name() {
      return failover.current.name;
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
    createArena: (byteLength: number) => createKernelArena(failover.current, byteLength),
  });
}
