import { BackendError } from './backend-error.ts';
import type { ComputeBackend } from './compute-backend.ts';

/** Several backends as one: each model is run by the first that supports it. */
export function combineBackends(backends: readonly ComputeBackend[]): ComputeBackend {
  const find = (model: Parameters<ComputeBackend['supports']>[0]): ComputeBackend | undefined =>
    backends.find((backend) => backend.supports(model));
  return {
    name: backends.map(({ name }) => name).join(' + '),
    supports: (model) => find(model) !== undefined,
    check: async () => {
      for (const backend of backends) await backend.check?.();
    },
    run: async (job, options) => {
      const backend = find(job.model);
      if (backend === undefined) throw new BackendError('cannotRun', `no backend runs ${job.model.id}`);
      return backend.run(job, options);
    },
    recheck: (job, output) => find(job.model)?.recheck?.(job, output) ?? output,
  };
}
