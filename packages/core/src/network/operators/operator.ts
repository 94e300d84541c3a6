import type { Codec } from '../../bytes/codec/codec.ts';
import { AivmError } from '../../errors/aivm-error.ts';
import type { Dimension } from '../model/dimension.ts';
import type { NarrowData, TensorData } from '../model/element-type.ts';
import type { Shape, TensorSpec } from '../model/tensor.ts';

/** What a network is fed: one input of a fixed shape, a text whose output is a fixed shape, or a text to continue. */
export type Form = 'map' | 'encoder' | 'decoder';

/** One operator of a header, as its checks see it. */
export interface OperatorSpec<A> {
  /** "operator 5 (dense)", for refusals. */
  readonly name: string;
  readonly attributes: A;
  readonly inputs: readonly TensorSpec[];
  readonly output: TensorSpec;
  readonly form: Form;
  readonly maxT: number;
  readonly maxNew: number;
  readonly vocabulary: number;
}

/** One operator of one task: every length is a number. */
export interface OperatorNode<A> {
  readonly attributes: A;
  readonly inputs: readonly Shape[];
  readonly output: Shape;
}

/**
 * Where the value of one element comes from. Which elements and bytes a unit reads is fixed by the operator and the
 * element; only the place in a blob may also depend on a value that was read (a table) or on a token.
 */
export interface UnitReader {
  /** `count` elements of a narrow tensor from `start` on. */
  numbers(input: number, start: number, count: number): NarrowData;
  /** `count` elements of a 64-bit tensor from `start` on. */
  integers(input: number, start: number, count: number): BigInt64Array;
  /** `size` bytes of the blob, `offset` bytes behind the operator's place. */
  blob(offset: number, size: number): Uint8Array;
  /** The text's token at `position`. */
  token(position: number): number;
}

/** What a run hands to an operator: whole tensors, the blob from the operator's place on, the text. */
export interface RunMemory {
  readonly inputs: readonly TensorData[];
  readonly output: TensorData;
  readonly blob: Uint8Array;
  readonly tokens: Uint32Array;
}

/** Consecutive bytes that a unit reads; `start` counts from an arbitrary place. */
export interface ByteRun {
  readonly start: number;
  readonly size: number;
}

/** All that the unit with the most reads takes from one input (its index) or from the blob. */
export interface UnitReads {
  readonly source: number | 'blob';
  /**
   * Ascending and disjoint. Runs that touch stand apart where a unit at an edge reads them apart, so that no unit reads
   * more runs than these, nor bytes outside of them (moved as a whole).
   */
  readonly runs: readonly ByteRun[];
  /** Whether the one run begins at a multiple of 128. */
  readonly isAligned?: boolean;
}

/**
 * All that the protocol asks of a kind of layer. `run` and `unit` are the same function written twice: `run` fast over
 * whole tensors, `unit` exact for one element from what a witness opens. Tests hold one against the other.
 */
export interface Operator<A> {
  /** The kind on the wire. Never changed. */
  readonly number: number;
  readonly attributes: Codec<A>;
  readonly inputCount: readonly [least: number, most: number];
  /** Set where one unit combines all of the first input's last axis, which in a decoder must not run over rows. */
  readonly combinesLastAxis?: boolean;
  /** Set where the operator keeps a causal mask, so that it may read tensors of queries × keys in a decoder. */
  readonly keepsCausalMask?: boolean;
  /** Types, shapes and attributes. @throws AivmError `model_refused` */
  check(spec: OperatorSpec<A>): void;
  /** Multiply–adds of one unit. */
  macs(spec: OperatorSpec<A>): Dimension;
  /** Bytes of rows and tables from the operator's place on; 0 for an operator without. */
  blobSize(spec: OperatorSpec<A>): number;
  reads(node: OperatorNode<A>): readonly UnitReads[];
  /** The right value of output element `element`, modulo 2^64. */
  unit(node: OperatorNode<A>, element: number, read: UnitReader): bigint;
  /** Writes the whole output. */
  run(node: OperatorNode<A>, memory: RunMemory): void;
}

/** Throws `model_refused` unless `condition` holds. The detail is built only on failure. */
export function requireSpec(
  condition: boolean,
  spec: { readonly name: string },
  detail: () => string,
): asserts condition {
  if (!condition) throw new AivmError('model_refused', `${spec.name}: ${detail()}`);
}

/** The one run of `size` bytes. */
export const oneRun = (size: number): readonly ByteRun[] => [{ start: 0, size }];

/** An input's memory as numbers; the checks have excluded 64-bit types. */
export function numbersOf(memory: RunMemory, input: number): NarrowData {
  const data = memory.inputs[input];
  if (data === undefined || data instanceof BigInt64Array)
    throw new TypeError(`input ${input}: expected a tensor of at most 32 bits`);
  return data;
}

/** An input's memory as int64; the checks have excluded narrow types. */
export function integersOf(memory: RunMemory, input: number): BigInt64Array {
  const data = memory.inputs[input];
  if (!(data instanceof BigInt64Array)) throw new TypeError(`input ${input}: expected a 64-bit tensor`);
  return data;
}

/** The output's memory for a narrow type. Writing keeps the low bits. */
export function narrowOutput(memory: RunMemory): NarrowData {
  if (memory.output instanceof BigInt64Array)
    throw new TypeError('output: expected a tensor of at most 32 bits');
  return memory.output;
}

/** The output's memory for a 64-bit type. */
export function wideOutput(memory: RunMemory): BigInt64Array {
  if (!(memory.output instanceof BigInt64Array)) throw new TypeError('output: expected a 64-bit tensor');
  return memory.output;
}
