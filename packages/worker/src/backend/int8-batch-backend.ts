import { setImmediate } from 'node:timers/promises';
import { equalBytes } from '@aivm/core/bytes';
import {
  INT8_KERNEL_INPUT_BYTES,
  INT8_KERNEL_OUTPUT_BYTES,
  INT8_KERNEL_PARAMETER_BYTES,
  runInt8Kernel,
} from '@aivm/core/execute';
import type { ComputeBackend, Job, JobResult } from './compute-backend.ts';
import { createInt8Backend } from './int8-backend.ts';

/** A machine that runs many inputs of one int8 model at once. */
export interface Int8Engine {
  /** For logs, e.g. "cuda". */
  readonly name: string;
  /**
   * Outputs of one byte each, in order, of `inputs` of 32 bytes each; `parameters` are the model's 598 bytes. May reject.
   * Neither array changes while it runs.
   */
  runBatch(parameters: Uint8Array, inputs: Uint8Array): Promise<Uint8Array>;
}

/** What a batching backend needs. */
export interface Int8BatchOptions {
  readonly engine: Int8Engine;
  /** A monotonic clock; only the reported compute time depends on it. */
  readonly nowMs: () => number;
  /** Told once why the engine is not asked any more. */
  readonly onFailure?: (error: Error) => void;
}

/** Most inputs of one call of the engine. */
const BATCH_MAX = 65_536;

interface WaitingJob {
  readonly job: Job;
  readonly resolve: (result: JobResult) => void;
}

/**
 * As {@link createInt8Backend}, with waiting jobs of one model run together on an engine. From the engine's first failure
 * on, the call that fails included, every job is computed here. `recheck` computes here too, and an engine that gave
 * other bytes is not asked again.
 */
export function createInt8BatchBackend({ engine, nowMs, onFailure }: Int8BatchOptions): ComputeBackend {
  const single = createInt8Backend({ nowMs });
  const waiting: WaitingJob[] = [];
  let isDraining = false;
  let hasFailed = false;
  const fail = (error: Error): void => {
    if (hasFailed) return;
    hasFailed = true;
    onFailure?.(error);
  };
  const runBatch = async (jobs: readonly WaitingJob[]): Promise<void> => {
    const startedAtMs = nowMs();
    const outputs = await computeBatch(jobs, hasFailed ? undefined : engine, fail);
    const computeTimeMs = Math.max(0, Math.round(nowMs() - startedAtMs));
    jobs.forEach(({ resolve }, index) => {
      const at = index * INT8_KERNEL_OUTPUT_BYTES;
      resolve({ output: outputs.slice(at, at + INT8_KERNEL_OUTPUT_BYTES), computeTimeMs });
    });
  };
  const drain = async (): Promise<void> => {
    isDraining = true;
    // Jobs that become ready in the same turn join the batch; later ones gather while it runs.
    await setImmediate();
    while (waiting.length > 0) await runBatch(takeBatch(waiting));
    isDraining = false;
  };
  return {
    name: `int8 on ${engine.name}`,
    supports: single.supports,
    run: (job, options) => {
      // What is no work of this kernel is refused as the single backend refuses it.
      const isBatchable =
        single.supports(job.model) &&
        job.model.parameters.length === INT8_KERNEL_PARAMETER_BYTES &&
        job.input.length === INT8_KERNEL_INPUT_BYTES;
      if (hasFailed || !isBatchable) return single.run(job, options);
      return new Promise((resolve) => {
        waiting.push({ job, resolve });
        if (!isDraining) void drain();
      });
    },
    recheck: ({ model, input }, output) => {
      const right = runInt8Kernel(model.parameters, input);
      if (!equalBytes(right, output)) fail(new Error(`${engine.name}: computed a wrong output`));
      return right;
    },
  };
}

/** Takes the oldest job and all others of its model, oldest first, out of the queue. */
function takeBatch(waiting: WaitingJob[]): WaitingJob[] {
  const parameters = waiting[0]?.job.model.parameters;
  const batch: WaitingJob[] = [];
  const left = waiting.splice(0).filter((entry) => {
    const joins = entry.job.model.parameters === parameters && batch.length < BATCH_MAX;
    if (joins) batch.push(entry);
    return !joins;
  });
  waiting.push(...left);
  return batch;
}

async function computeBatch(
  jobs: readonly WaitingJob[],
  engine: Int8Engine | undefined,
  onFailure: (error: Error) => void,
): Promise<Uint8Array> {
  const parameters = (jobs[0] as WaitingJob).job.model.parameters;
  if (engine !== undefined) {
    const inputs = new Uint8Array(jobs.length * INT8_KERNEL_INPUT_BYTES);
    jobs.forEach(({ job }, index) => void inputs.set(job.input, index * INT8_KERNEL_INPUT_BYTES));
    try {
      const outputs = await engine.runBatch(parameters, inputs);
      if (outputs.length === jobs.length * INT8_KERNEL_OUTPUT_BYTES) return outputs;
      throw new RangeError(`${engine.name}: ${jobs.length} inputs gave ${outputs.length} bytes`);
    } catch (error) {
      onFailure(error instanceof Error ? error : new Error(String(error)));
    }
  }
  const outputs = new Uint8Array(jobs.length * INT8_KERNEL_OUTPUT_BYTES);
  jobs.forEach(
    ({ job }, index) =>
      void outputs.set(runInt8Kernel(parameters, job.input), index * INT8_KERNEL_OUTPUT_BYTES),
  );
  return outputs;
}
