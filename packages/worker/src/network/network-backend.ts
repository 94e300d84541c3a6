import { BackendError } from '../backend/backend-error.ts';
import type { ComputeBackend, Job, JobResult, RunOptions } from '../backend/compute-backend.ts';
import type { NetworkSource } from './network-source.ts';
import { bytesOfTokens, passOfTask, tokensOfBytes } from './network-task.ts';

export interface NetworkBackendOptions {
  readonly networks: NetworkSource;
  /** Tasks that are computed at once [1]; others wait. */
  readonly concurrency?: number;
  /** A monotonic clock; only the reported compute time depends on it. */
  readonly nowMs: () => number;
}

/** Runs the networks of int8-graph models. */
export function createNetworkBackend({
  networks,
  concurrency = 1,
  nowMs,
}: NetworkBackendOptions): ComputeBackend {
  const turns = createTurns(concurrency);
  const compute = async ({ model, input, maxNew = 0 }: Job, options: RunOptions): Promise<JobResult> => {
    const { signal } = options;
    const { network } = await networks.get(model, signal);
    const startedAt = nowMs();
    const output =
      network.header.form === 'decoder'
        ? await generate(network, tokensOfBytes(input), maxNew, options)
        : Uint8Array.from((await network.pass(passOfTask(network.header, input, input))).output);
    return { output, computeTimeMs: Math.max(0, Math.round(nowMs() - startedAt)) };
  };
  return {
    name: 'int8-graph',
    supports: ({ checkClass }) => checkClass === 'int8-graph',
    run: async (job, options) => {
      if (job.model.checkClass !== 'int8-graph')
        throw new BackendError('cannotRun', `the int8-graph backend cannot run ${job.model.id}`);
      return turns(() => compute(job, options));
    },
  };
}

async function generate(
  network: Awaited<ReturnType<NetworkSource['get']>>['network'],
  prompt: Uint32Array,
  maxNew: number,
  { signal, onPiece }: RunOptions,
): Promise<Uint8Array> {
  const tokens: number[] = [];
  for await (const token of network.generate(prompt, maxNew)) {
    signal.throwIfAborted();
    tokens.push(token);
    onPiece?.({ tokens: [token] });
  }
  return bytesOfTokens(tokens);
}

/** Runs at most `count` at once, the others in their order. */
function createTurns(count: number): <T>(run: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let free = count;
  return async (run) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => void waiting.push(resolve));
    try {
      return await run();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    }
  };
}
