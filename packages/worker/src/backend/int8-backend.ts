import { AivmError } from '@aivm/core/errors';
import { runInt8Kernel } from '@aivm/core/execute';
import type { ComputeBackend } from './compute-backend.ts';

/**
 * Runs the 32→16→1 integer classifier exactly as the chain judges it.
 * `nowMs` is a monotonic clock; only the reported compute time depends on it.
 */
export const createInt8Backend = ({ nowMs }: { nowMs: () => number }): ComputeBackend => ({
  name: 'int8',
  supports: (model) => model.checkClass === 'int8-kernel',
  run: async ({ model, input }) => {
    if (model.checkClass !== 'int8-kernel') {
      throw new AivmError('not_supported', `the int8 backend cannot run ${model.id}`);
    }
    const startedAtMs = nowMs();
    const output = runInt8Kernel(model.parameters, input);
    return { output, computeTimeMs: Math.max(0, Math.round(nowMs() - startedAtMs)) };
  },
});
