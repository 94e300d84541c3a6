import {
  type ComputeBackend,
  combineBackends,
  createInt8Backend,
  createNetworkBackend,
  createNetworkSource,
  type NetworkEngine,
  type NetworkSource,
  type WorkerNode,
} from '@aivm/worker';
import { opaqueAnswer, wrongAnswer } from './right-answer.ts';
import { simBlobs } from './sim-network.ts';

/** Milliseconds that every job takes, as far as anybody is told. */
const JOB_MS = 5;

/** What answers tasks of opaque models in the simulation. */
const opaqueBackend: ComputeBackend = {
  name: 'opaque',
  supports: ({ checkClass }) => checkClass === 'opaque',
  run: async ({ input }) => ({ output: opaqueAnswer(input), computeTimeMs: JOB_MS }),
};

/** Right answers to everything: the integer kernel as it ships, and the simulation's opaque models. */
export const honestBackend: ComputeBackend = combineBackends([
  createInt8Backend({ nowMs: () => 0 }),
  opaqueBackend,
]);

/** Another answer than the right one where `isLie` says so, by task. */
export const lyingBackend = (isLie: (taskId: string) => boolean): ComputeBackend => ({
  ...honestBackend,
  run: async (job, options) => {
    const { output, computeTimeMs } = await honestBackend.run(job, options);
    return { output: isLie(job.taskId) ? wrongAnswer(output) : output, computeTimeMs };
  },
});

/** A backend, with networks beside it where there is an engine for them. */
export function withNetworks({
  backend,
  engine,
  node,
}: {
  readonly backend: ComputeBackend;
  readonly engine: NetworkEngine | undefined;
  readonly node: WorkerNode;
}): { readonly backend: ComputeBackend; readonly networks?: NetworkSource } {
  if (engine === undefined) return { backend };
  const networks = createNetworkSource({ node, engine, blobs: simBlobs });
  return {
    backend: combineBackends([backend, createNetworkBackend({ networks, nowMs: () => 0 })]),
    networks,
  };
}
