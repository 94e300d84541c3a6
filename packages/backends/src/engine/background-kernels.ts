import type { KernelBackend } from '@aivm/core/kernels';

/** The six kernels beside the program: arenas are read when called, and written when the promise is fulfilled. */
export type BackgroundKernels = {
  readonly [Name in Exclude<keyof KernelBackend, 'name'>]: (
    ...arenas: Parameters<KernelBackend[Name]>
  ) => Promise<ReturnType<KernelBackend[Name]>>;
};
