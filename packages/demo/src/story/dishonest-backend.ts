import type { ComputeBackend } from '@aivm/worker';

/** Computes like `honest` and then turns every answer into its opposite: each bit of each byte is flipped. */
export const createDishonestBackend = (honest: ComputeBackend): ComputeBackend => ({
  name: `dishonest ${honest.name}`,
  supports: (model) => honest.supports(model),
  run: async (job, options) => {
    const { output, computeTimeMs } = await honest.run(job, options);
    return { output: output.map((byte) => byte ^ 0xff), computeTimeMs };
  },
});
