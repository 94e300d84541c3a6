import { setTimeout as delay } from 'node:timers/promises';
import { throwIfInterrupted } from '../cli-context.ts';
import { type ClusterPlan, createCluster, httpUrlOf, type ValidatorPlace } from './cluster-plan.ts';
import { readStatus } from './cluster-status.ts';
import { findEngine } from './find-engine.ts';
import { ValidatorProcesses } from './validator-processes.ts';

const ASK_EVERY_MS = 300;

/** A network for a program that needs one for some time. */
export interface StartClusterOptions {
  /** Empty; holds keys, data and logs of all. */
  readonly directory: string;
  readonly validators: number;
  /** JSON text. */
  readonly genesis: string;
  readonly blockTimeMs: number;
  /** How long a process that ended stays away. */
  readonly restartAfterMs: number;
  /** Networks of the validators' own; left out: all on the loopback. */
  readonly places?: readonly ValidatorPlace[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly report: (text: string) => void;
  readonly signal: AbortSignal;
}

/** A network that makes blocks. */
export interface RunningCluster {
  /** Of the nodes' HTTP interfaces. */
  readonly urls: readonly string[];
  /** Of the nodes; what `verifyDataDirectory` takes. */
  readonly dataDirectories: readonly string[];
  /** Process ids of what runs now, by validator. */
  pids(): readonly ValidatorProcesses['pids'][];
  stop(): Promise<void>;
}

async function untilAllHaveBlocks({ validators }: ClusterPlan, signal: AbortSignal): Promise<void> {
  for (;;) {
    throwIfInterrupted(signal);
    const all = await Promise.all(validators.map(readStatus));
    if (all.every(({ height = 0 }) => height > 0)) return;
    await delay(ASK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

/**
 * Starts a new network on free ports, and resolves when every validator has a block.
 * @throws AivmError `not_found` or `not_supported` where CometBFT v0.38 is not there; InterruptedError.
 */
export async function startCluster(options: StartClusterOptions): Promise<RunningCluster> {
  const { restartAfterMs, env, report, signal } = options;
  const engine = await findEngine(undefined, env);
  const plan = await createCluster({ ...options, httpPort: 0, enginePort: 0 });
  const validators = plan.validators.map(
    (validator) =>
      new ValidatorProcesses(validator, {
        enginePath: engine.path,
        genesisFile: plan.genesisFile,
        restartAfterMs,
        snapshotEvery: 0,
        report,
      }),
  );
  const stop = async (): Promise<void> => {
    await Promise.all(validators.map((validator) => validator.stop()));
  };
  try {
    for (const validator of validators) validator.start();
    await untilAllHaveBlocks(plan, signal);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    urls: plan.validators.map(httpUrlOf),
    dataDirectories: plan.validators.map(({ dataDirectory }) => dataDirectory),
    pids: () => validators.map(({ pids }) => pids),
    stop,
  };
}
