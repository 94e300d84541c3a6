import type { KernelBackend } from '@aivm/core/kernels';

/** The name of one of the six kernels. */
export type KernelName = Exclude<keyof KernelBackend, 'name'>;

/**
 * An engine whose kernels answer later, for devices that compute beside the program. Arguments, answers and bytes are
 * those of KernelBackend. The arenas of a call belong to the engine until its promise settles: nobody else reads or
 * changes them. A call that is rejected, for whatever reason, has changed no byte of them.
 */
export type AsyncKernelBackend = {
  /** Short name of the engine, such as `webgpu`. */
  readonly name: string;
} & {
  readonly [Name in KernelName]: (
    ...arenas: Parameters<KernelBackend[Name]>
  ) => Promise<ReturnType<KernelBackend[Name]>>;
};

/** A synchronous engine as an asynchronous one. It computes during the call all the same; errors become rejections. */
export function toAsyncKernelBackend(backend: KernelBackend): AsyncKernelBackend {
  return Object.freeze({
    name: backend.name,
    attestationApply: async (...arenas: Parameters<KernelBackend['attestationApply']>) =>
      backend.attestationApply(...arenas),
    provenanceApply: async (...arenas: Parameters<KernelBackend['provenanceApply']>) =>
      backend.provenanceApply(...arenas),
    anchorApply: async (...arenas: Parameters<KernelBackend['anchorApply']>) =>
      backend.anchorApply(...arenas),
    epochTransition: async (...arenas: Parameters<KernelBackend['epochTransition']>) =>
      backend.epochTransition(...arenas),
    inferenceStep: async (...arenas: Parameters<KernelBackend['inferenceStep']>) =>
      backend.inferenceStep(...arenas),
    proofVerify: async (...arenas: Parameters<KernelBackend['proofVerify']>) =>
      backend.proofVerify(...arenas),
  });
}
