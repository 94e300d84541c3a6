import type { OutputPiece } from '@aivm/sdk';
import type { ModelFacts } from '../worker-node.ts';

/** A model with what a backend needs to run it. */
export interface ServedModel extends ModelFacts {
  /** Verified parameter bytes; empty for opaque models. */
  readonly parameters: Uint8Array;
  /** 32 bytes: the root that names the header of a network. */
  readonly modelRoot: Uint8Array;
}

/** One piece of work. */
export interface Job {
  readonly taskId: string;
  readonly model: ServedModel;
  readonly input: Uint8Array;
  /** New tokens that a decoder may post at most. */
  readonly maxNew?: number;
}

/** What running a job gave. */
export interface JobResult {
  readonly output: Uint8Array;
  /** Whole milliseconds of computing. */
  readonly computeTimeMs: number;
}

/** How one job is run. */
export interface RunOptions {
  readonly signal: AbortSignal;
  /** Called with parts of the output as they come, by backends that have parts; together they are the output. */
  readonly onPiece?: ((piece: OutputPiece) => void) | undefined;
}

/** Something that answers tasks: an integer kernel, a model server, a program. */
export interface ComputeBackend {
  /** For logs, e.g. "int8". */
  readonly name: string;
  /** Whether this backend can answer tasks of the model at all. */
  supports(model: ModelFacts): boolean;
  /** Whether it can run at all, before anything is locked or spent. @throws AivmError that says what is missing */
  check?(): Promise<void>;
  /** Answers one job. An error becomes a failed attempt of the task; only its fixed words go on chain. */
  run(job: Job, options: RunOptions): Promise<JobResult>;
  /**
   * Where jobs run on a device: the right output, computed without it, of a job for which `run` gave `output`. A watcher
   * holds nothing against anybody that this does not confirm.
   */
  recheck?(job: Job, output: Uint8Array): Uint8Array;
}
