import type { KernelBackend } from '@aivm/core/kernels';
import { type AsyncKernelBackend, toAsyncKernelBackend } from './async-kernel-backend.ts';
import { type EngineFailure, Failover } from './failover.ts';

/** What an asynchronous fallback engine is made of. */
export interface AsyncFallbackParameters {
  /** Asked first, until it fails. */
  readonly engine: AsyncKernelBackend;
  /** Answers from then on. */
  readonly cpu: KernelBackend;
  /** Called once, with the error that ended the engine's service. */
  readonly onFailure: (error: EngineFailure) => void;
}

/**
 * An engine that survives its device: the call that fails is answered by the CPU on the same arenas, which the failed
 * one left untouched, and no later call goes to the device.
 */
export function createAsyncFallbackBackend({
  engine,
  cpu,
  onFailure,
}: AsyncFallbackParameters): AsyncKernelBackend {
  const failover = new Failover({ engine, cpu: toAsyncKernelBackend(cpu), onFailure });
  const run = async <Answer>(call: (backend: AsyncKernelBackend) => Promise<Answer>): Promise<Answer> => {
    const { current } = failover;
    try {
      return await call(current);
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
  });
}
