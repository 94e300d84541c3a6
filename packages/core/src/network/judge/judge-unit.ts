import { type Network, runningOperator, shapeOf, tensorAt, tensorOffset } from '../header/network.ts';
import type { NetworkInput } from '../header/network-input.ts';
import { ELEMENT_SIZE, type ElementType } from '../model/element-type.ts';
import { LEAF_SIZE } from '../trace/tree-shape.ts';
import { type ByteSource, LeafRecorder } from './byte-source.ts';
import { createUnitReader } from './unit-reader.ts';

/** One element of the trace. An element behind its tensor's end is padding. */
export interface Unit {
  readonly tensor: number;
  readonly element: number;
}

/** Elements that a leaf is cut into. */
export const elementsPerLeaf = (type: ElementType): number => LEAF_SIZE / ELEMENT_SIZE[type];

/** The unit that element `index` of leaf `leaf` is. */
export function unitAt(network: Network, leaf: number, index: number): Unit {
  const tensor = tensorAt(network, leaf * LEAF_SIZE);
  const { type } = shapeOf(network, tensor);
  const first = (leaf * LEAF_SIZE - tensorOffset(network, tensor)) / ELEMENT_SIZE[type];
  return { tensor, element: first + index };
}

/** Bytes of the value of a unit, given modulo 2^64: the low ones, little-endian. */
export function unitBytes(network: Network, { tensor }: Unit, value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, value), true);
  return bytes.subarray(0, ELEMENT_SIZE[shapeOf(network, tensor).type]);
}

/** The right value of `unit`, modulo 2^64, from what `sources` holds. Padding is 0 and reads nothing. */
export function unitValue(
  network: Network,
  { tensor, element }: Unit,
  input: NetworkInput,
  sources: { readonly trace: ByteSource; readonly blob: ByteSource },
): bigint {
  if (element >= shapeOf(network, tensor).count) return 0n;
  const running = runningOperator(network, tensor);
  return running.operator.unit(running.node, element, createUnitReader(network, running, input, sources));
}

/** What a unit reads, whatever the trace holds. */
export interface UnitPlan {
  /** Leaves of the trace, ascending. */
  readonly traceLeaves: readonly number[];
  /** Whether it reads weights. Which ones may follow from the trace, where a table is read. */
  readonly readsBlob: boolean;
}

/** Runs `unit` over zeros and notes what it reads. */
export function planUnit(network: Network, unit: Unit, input: NetworkInput): UnitPlan {
  const trace = new LeafRecorder();
  const blob = new LeafRecorder();
  unitValue(network, unit, input, { trace, blob });
  return { traceLeaves: trace.leaves, readsBlob: blob.leaves.length > 0 };
}

/** The leaves of the blob that `unit` reads over `trace`, ascending. */
export function blobLeavesOf(
  network: Network,
  unit: Unit,
  input: NetworkInput,
  trace: ByteSource,
): readonly number[] {
  const blob = new LeafRecorder();
  unitValue(network, unit, input, { trace, blob });
  return blob.leaves;
}
