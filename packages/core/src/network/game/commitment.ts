import { equalBytes } from '../../bytes/bytes.ts';
import { AivmError } from '../../errors/aivm-error.ts';
import { type Network, shapeOf, tensorOffset } from '../header/network.ts';
import { sizeOf } from '../model/tensor.ts';
import { alignUp } from '../model/weight-row.ts';
import { type TreeFacts, treeRoot } from '../trace/hash-tree.ts';
import { rootOfLeaves } from '../trace/multiproof.ts';
import { LEAF_SIZE, leafCountOf } from '../trace/tree-shape.ts';
import { hashOfReveal, type KeptNode, topOf } from './descent.ts';

/** A provider's answer to the first challenge: its trace's top, and the way from the posted output to the same root. */
export interface TraceCommitment {
  /** What a reveal below the top node shows. */
  readonly entries: Uint8Array;
  /** Hashes that lead from the leaves of the output tensor to the root. */
  readonly outputSiblings: Uint8Array;
}

/** What is known of a committed trace. */
export interface CommittedTrace {
  readonly root: Uint8Array;
  readonly top: KeptNode;
}

/** What the root of a trace commits to beside the bytes. */
export const traceFacts = ({ traceBytes, size }: Network): TreeFacts => ({
  name: 'Trace',
  byteLength: traceBytes,
  rows: size.T,
});

/** Indices of the leaves of tensor `tensor`. */
export function leavesOfTensor(network: Network, tensor: number): readonly number[] {
  const first = tensorOffset(network, tensor) / LEAF_SIZE;
  const count = alignUp(sizeOf(shapeOf(network, tensor))) / LEAF_SIZE;
  return Array.from({ length: count }, (_, i) => first + i);
}

/**
 * Checks that a committed trace ends in the posted output, whose bytes are hashed here and never taken from the move.
 *
 * @param output the posted output: exactly the bytes of the output tensor
 * @throws AivmError `malformed` if sizes are wrong or the two ways lead to different roots
 */
export function acceptCommitment(
  network: Network,
  { entries, outputSiblings }: TraceCommitment,
  output: Uint8Array,
): CommittedTrace {
  const facts = traceFacts(network);
  const leafCount = leafCountOf(network.traceBytes);
  const place = topOf(leafCount);
  const top = { ...place, hash: hashOfReveal(leafCount, place, entries) };
  const root = treeRoot(facts, top.hash);

  const last = network.tensorCount - 1;
  const size = sizeOf(shapeOf(network, last));
  if (output.length !== size)
    throw new AivmError('malformed', `output: ${output.length} bytes; the network writes ${size}`);
  const padded = new Uint8Array(alignUp(size));
  padded.set(output);
  const fromOutput = rootOfLeaves(facts, leavesOfTensor(network, last), padded, outputSiblings);
  if (!equalBytes(root, fromOutput))
    throw new AivmError('malformed', 'commitment: the trace does not end in the posted output');
  return { root, top };
}
