import { equalBytes } from '../../bytes/bytes.ts';
import { AivmError } from '../../errors/aivm-error.ts';
import { type Network, shapeOf } from '../header/network.ts';
import type { NetworkInput } from '../header/network-input.ts';
import { ELEMENT_SIZE } from '../model/element-type.ts';
import type { HashTree } from '../trace/hash-tree.ts';
import { openLeaves, rootOfLeaves } from '../trace/multiproof.ts';
import { LEAF_SIZE, leafCountOf } from '../trace/tree-shape.ts';
import { openedLeaves, wholeBytes } from './byte-source.ts';
import {
  blobLeavesOf,
  elementsPerLeaf,
  planUnit,
  type Unit,
  unitAt,
  unitBytes,
  unitValue,
} from './judge-unit.ts';

/** What a challenger shows of a committed trace: one element, and all that it follows from. */
export interface Witness {
  /** The pointed leaf of the trace. */
  readonly leaf: number;
  /** The element of that leaf. */
  readonly element: number;
  /** The leaves that the unit reads, and the pointed one: ascending, each once, 128 bytes each. */
  readonly traceLeaves: Uint8Array;
  /** The hashes that lead from them to the root, as `openLeaves` gives them. */
  readonly traceSiblings: Uint8Array;
  readonly blobLeaves: Uint8Array;
  readonly blobSiblings: Uint8Array;
}

/** The roots that a witness is held against. */
export interface WitnessRoots {
  /** The committed trace's. */
  readonly trace: Uint8Array;
  /** The weight hash that the task is bound to. */
  readonly blob: Uint8Array;
}

/** What the network says about one element of a committed trace. */
export interface UnitVerdict {
  readonly unit: Unit;
  /** Bytes of the element as it was committed. */
  readonly committed: Uint8Array;
  /** Bytes that it must have. */
  readonly right: Uint8Array;
  /** Whether the committed element is right. */
  readonly isRight: boolean;
}

/** `leaves` with `leaf`, ascending. */
function withLeaf(leaves: readonly number[], leaf: number): readonly number[] {
  return leaves.includes(leaf) ? leaves : [...leaves, leaf].sort((left, right) => left - right);
}

/** The witness of one element of a trace, for the player that holds the trace and the blob in full. */
export function createWitness(
  network: Network,
  input: NetworkInput,
  { leaf, element }: Pick<Witness, 'leaf' | 'element'>,
  trace: { readonly bytes: Uint8Array; readonly tree: HashTree },
  blob: { readonly bytes: Uint8Array; readonly tree: HashTree },
): Witness {
  const unit = unitAt(network, leaf, element);
  const plan = planUnit(network, unit, input);
  const traceLeaves = withLeaf(plan.traceLeaves, leaf);
  const blobLeaves = plan.readsBlob ? blobLeavesOf(network, unit, input, wholeBytes(trace.bytes)) : [];
  return {
    leaf,
    element,
    traceLeaves: gatherLeaves(trace.bytes, traceLeaves),
    traceSiblings: openLeaves(trace.tree, traceLeaves),
    blobLeaves: gatherLeaves(blob.bytes, blobLeaves),
    blobSiblings: openLeaves(blob.tree, blobLeaves),
  };
}

function gatherLeaves(bytes: Uint8Array, leaves: readonly number[]): Uint8Array {
  const gathered = new Uint8Array(leaves.length * LEAF_SIZE);
  for (const [i, leaf] of leaves.entries())
    gathered.set(bytes.subarray(leaf * LEAF_SIZE, (leaf + 1) * LEAF_SIZE), i * LEAF_SIZE);
  return gathered;
}

/**
 * Computes the pointed element from opened leaves alone and compares it with the committed one. Gives the same verdict on
 * every node for any bytes in the leaves.
 *
 * Cost: hashing what is opened, and the unit twice, with weights three times: what it reads is found by running it.
 *
 * @throws AivmError `malformed` if the witness does not open exactly what the unit reads, under the two roots
 */
export function judgeWitness(
  network: Network,
  input: NetworkInput,
  roots: WitnessRoots,
  witness: Witness,
): UnitVerdict {
  const { leaf, element } = witness;
  const leafCount = leafCountOf(network.traceBytes);
  requireBelow('leaf', leaf, leafCount);
  const unit = unitAt(network, leaf, 0);
  const { type } = shapeOf(network, unit.tensor);
  requireBelow('element', element, elementsPerLeaf(type));
  const pointed = { ...unit, element: unit.element + element };

  const plan = planUnit(network, pointed, input);
  const traceIndices = withLeaf(plan.traceLeaves, leaf);
  const traceFacts = { name: 'Trace', byteLength: network.traceBytes, rows: network.size.T } as const;
  requireRoot(
    'trace',
    roots.trace,
    rootOfLeaves(traceFacts, traceIndices, witness.traceLeaves, witness.traceSiblings),
  );
  const trace = openedLeaves(traceIndices, witness.traceLeaves);

  const blobIndices = plan.readsBlob ? blobLeavesOf(network, pointed, input, trace) : [];
  requireBlob(network, roots.blob, blobIndices, witness);
  const blob = openedLeaves(blobIndices, witness.blobLeaves);

  const size = ELEMENT_SIZE[type];
  const committed = trace.read(leaf * LEAF_SIZE + element * size, size);
  const right = unitBytes(network, pointed, unitValue(network, pointed, input, { trace, blob }));
  return { unit: pointed, committed, right, isRight: equalBytes(committed, right) };
}

/** A unit that reads no weights opens none. */
function requireBlob(
  { header: { blobBytes } }: Network,
  root: Uint8Array,
  indices: readonly number[],
  { blobLeaves, blobSiblings }: Witness,
): void {
  if (indices.length > 0) {
    const facts = { name: 'Blob', byteLength: blobBytes, rows: 0 } as const;
    requireRoot('blob', root, rootOfLeaves(facts, indices, blobLeaves, blobSiblings));
  } else if (blobLeaves.length + blobSiblings.length > 0) {
    throw new AivmError('malformed', 'witness: the unit reads no weights, and some are opened');
  }
}

function requireBelow(name: string, value: number, end: number): void {
  if (!Number.isInteger(value) || value < 0 || value >= end)
    throw new AivmError('malformed', `witness.${name} is ${value}; it must be 0…${end - 1}`);
}

function requireRoot(what: string, expected: Uint8Array, got: Uint8Array): void {
  if (!equalBytes(expected, got))
    throw new AivmError('malformed', `witness: the opened leaves do not lead to the root of the ${what}`);
}
