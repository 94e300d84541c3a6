import type { Params } from '../../state/params.ts';
import type { CheckClass, ModelRecord } from '../../state/records/model.ts';
import type { TaskRecord } from '../../state/records/task.ts';
import type { OperationOf } from '../../tx/operations/operations.ts';
import type { BlockContext } from '../context/block-context.ts';

/** The two hashes by which tasks and receipts name a model. */
export interface ModelHashes {
  readonly modelRoot: Uint8Array;
  readonly weightHash: Uint8Array;
}

/**
 * Who decides a dispute about an output.
 *
 * - `recompute`: the chain computes the right output itself, in the block that carries the challenge.
 * - `game`: the provider and the challenger descend to one element of the trace, and the chain computes it.
 * - `committee`: other providers do the task again, and their majority decides.
 */
export type Judge =
  | {
      readonly kind: 'recompute';
      /** @param parameters as stored under the model's weight hash. @param input as the task carries it. */
      readonly rightOutput: (parameters: Uint8Array, input: Uint8Array) => Uint8Array;
    }
  | { readonly kind: 'game' }
  | { readonly kind: 'committee' };

/** How long the answer to a task may get. */
export interface TaskMeasure {
  /** New tokens that a decoder may post; 0 for every other model. */
  readonly maxNew: number;
  /** Work of the longest answer; 0 where a class has no measure of work. */
  readonly maxWork: bigint;
}

/** Of a class whose answers are all alike. */
export const NO_MEASURE: TaskMeasure = { maxNew: 0, maxWork: 0n };

/**
 * Everything that the protocol asks of a class of models. A class is one file with one value of this type and one row in
 * `model-classes.ts`; nothing else in execution depends on which class a model has. A class whose judge is of a new kind
 * also needs that judge in `disputes/`.
 */
export interface ModelClass {
  /** The class in records and operations. */
  readonly number: CheckClass;
  /** The class in genesis files, over HTTP and on the command line. */
  readonly name: string;
  /** How people write inputs and outputs: JSON in canonical form, a list of integers −128…127, or base64. */
  readonly payload: 'json' | 'int8' | 'bytes';
  /**
   * `stored`: registrations carry the parameters, and the state keeps them while a model or an open task refers to them.
   * `named`: the state holds only a hash, which is the owner's word.
   * `held`: the state holds the root over a blob, and only providers that say to hold it are drawn.
   */
  readonly weights: 'stored' | 'named' | 'held';
  /** Most bytes of a task's input. */
  readonly inputBytesMax: (params: Params) => number;
  /** Whether a provider that names no models serves the models of this class. */
  readonly servedByAll: boolean;
  readonly judge: Judge;
  /** Whether every input that a task may carry has an output, so that an error is the provider's own failure. */
  readonly isTotal: boolean;

  /** Whether equal inputs give equal output bytes, so that two answers can be compared. */
  isComparable(model: Pick<ModelRecord, 'deterministic'>): boolean;
  /** Checks the members of a registration that depend on the class. @throws AivmError `malformed`. */
  checkRegistration(context: BlockContext, operation: OperationOf<'registerModel'>): void;
  /** Includes the owner, so that nobody can register another account's root first and keep it. */
  hashModel(owner: Uint8Array, operation: OperationOf<'registerModel'>): ModelHashes;
  /** Keeps what the class needs of a registration beside the model's record. */
  keepModel?(context: BlockContext, modelRoot: Uint8Array, operation: OperationOf<'registerModel'>): void;
  /** What a registration deposits beside modelDeposit. */
  extraDeposit?(context: BlockContext, operation: OperationOf<'registerModel'>): bigint;
  /** Checks a replacement of weights. @returns the new weight hash. @throws AivmError `malformed`. */
  hashNewWeights(operation: OperationOf<'updateModelWeights'>): Uint8Array;
  /** Checks what a task asks of a model, beyond the limits that hold for all. @throws AivmError `invalid_input`. */
  measureTask(context: BlockContext, operation: OperationOf<'submitTask'>, model: ModelRecord): TaskMeasure;
  /** Checks that `output` can answer the task, beyond the limits that hold for all. @throws AivmError `invalid_input`. */
  checkOutput(context: BlockContext, task: TaskRecord, output: Uint8Array): void;
  /** Work of an answer that passed `checkOutput`; 0 where a class has no measure of work. */
  workOf(context: BlockContext, task: TaskRecord, output: Uint8Array): bigint;
}
