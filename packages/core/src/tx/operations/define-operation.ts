import type { Codec } from '../../bytes/codec/codec.ts';

/** Everything that transactions and blocks have to know of an operation. What it does is in `execute/operations/`. */
export interface OperationDefinition<Value> {
  /** Number on the wire. Tags are never reused; the gaps belong to operations that this version does not have. */
  readonly tag: number;
  readonly codec: Codec<Value>;
  /** Work units in addition to those of every transaction, 1 unit ≈ 1 µs. They must follow from the operation alone. */
  readonly work: number | ((operation: Value) => number);
  /** Id of the task that the operation creates, ends, answers or disputes; absent for operations about no task. */
  readonly job?: (operation: Value) => string;
}

/** Checks a definition and keeps the type of its members. */
export const defineOperation = <Value>(definition: OperationDefinition<Value>): OperationDefinition<Value> =>
  definition;
