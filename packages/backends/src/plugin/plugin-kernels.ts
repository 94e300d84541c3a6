import type { KernelBackend } from '@aivm/core/kernels';
import type { BackgroundKernels } from '../engine/background-kernels.ts';
import { callersMemory, detachedMemory, guardedMemory } from './call-memory.ts';
import { planCall } from './plan-call.ts';
import type { PluginLibrary } from './plugin-library.ts';

/**
 * The kernels of a plugin, while the caller waits. A call throws PluginCallError where the plugin returns another code
 * than 0, and then no arena has changed.
 */
export function createPluginKernels(library: PluginLibrary): Omit<KernelBackend, 'name'> {
  const memory = library.failureIsClean ? callersMemory : guardedMemory;
  return {
    attestationApply(...arenas) {
      const call = planCall.attestationApply(memory, ...arenas);
      library.call('attestationApply', call.parameters);
      return call.commit();
    },
    provenanceApply(...arenas) {
      const call = planCall.provenanceApply(memory, ...arenas);
      library.call('provenanceApply', call.parameters);
      return call.commit();
    },
    anchorApply(...arenas) {
      const call = planCall.anchorApply(memory, ...arenas);
      library.call('anchorApply', call.parameters);
      return call.commit();
    },
    epochTransition(...arenas) {
      const call = planCall.epochTransition(memory, ...arenas);
      library.call('epochTransition', call.parameters);
      call.commit();
    },
    inferenceStep(...arenas) {
      const call = planCall.inferenceStep(memory, ...arenas);
      library.call('inferenceStep', call.parameters);
      call.commit();
    },
    proofVerify(...arenas) {
      const call = planCall.proofVerify(memory, ...arenas);
      library.call('proofVerify', call.parameters);
      call.commit();
    },
  };
}

/** As {@link createPluginKernels}, on the thread pool. Arenas are read at the call and written when it succeeds. */
export function createBackgroundKernels(library: PluginLibrary): BackgroundKernels {
  const memory = detachedMemory;
  return {
    async attestationApply(...arenas) {
      const call = planCall.attestationApply(memory, ...arenas);
      await library.callInBackground('attestationApply', call.parameters);
      return call.commit();
    },
    async provenanceApply(...arenas) {
      const call = planCall.provenanceApply(memory, ...arenas);
      await library.callInBackground('provenanceApply', call.parameters);
      return call.commit();
    },
    async anchorApply(...arenas) {
      const call = planCall.anchorApply(memory, ...arenas);
      await library.callInBackground('anchorApply', call.parameters);
      return call.commit();
    },
    async epochTransition(...arenas) {
      const call = planCall.epochTransition(memory, ...arenas);
      await library.callInBackground('epochTransition', call.parameters);
      call.commit();
    },
    async inferenceStep(...arenas) {
      const call = planCall.inferenceStep(memory, ...arenas);
      await library.callInBackground('inferenceStep', call.parameters);
      call.commit();
    },
    async proofVerify(...arenas) {
      const call = planCall.proofVerify(memory, ...arenas);
      await library.callInBackground('proofVerify', call.parameters);
      call.commit();
    },
  };
}
