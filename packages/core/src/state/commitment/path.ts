import { bytesToHex } from '../../bytes/hex.ts';
import { AivmError } from '../../errors/aivm-error.ts';
import { type BranchNode, bitAt, decodeNode, type LeafNode, type NodeReader, type TreeNode } from './node.ts';

/** A branch on the way down, with its own hash. */
export interface PathBranch extends BranchNode {
  readonly hash: Uint8Array;
}

/** The nodes from some node down to a leaf. */
export interface TreePath {
  /** From the top down; bit indices strictly increase, so there are at most 256. */
  readonly branches: readonly PathBranch[];
  readonly leaf: LeafNode;
  readonly leafHash: Uint8Array;
}

function loadNode(reader: NodeReader, hash: Uint8Array): TreeNode {
  const bytes = reader.getNode(hash);
  if (bytes === undefined) {
    throw new AivmError('data_dir_corrupt', `state tree: node ${bytesToHex(hash)} is missing`);
  }
  const node = decodeNode(bytes);
  if (node === undefined) {
    throw new AivmError('data_dir_corrupt', `state tree: node ${bytesToHex(hash)} is not a node`);
  }
  return node;
}

/**
 * Descends from the node `hash` along the bits of `keyHash` down to a leaf: the leaf of that key where the tree has
 * it, else the leaf of a key that took the same turns. Reads every node on the way once, hashes nothing.
 * @throws AivmError `data_dir_corrupt` that names the node that is missing or damaged.
 */
export function loadPath(reader: NodeReader, hash: Uint8Array, keyHash: Uint8Array): TreePath {
  const branches: PathBranch[] = [];
  let last = -1;
  let next = hash;
  let node = loadNode(reader, next);
  while (node.kind === 'branch') {
    if (node.bitIndex <= last) {
      throw new AivmError('data_dir_corrupt', `state tree: node ${bytesToHex(next)} is below a deeper one`);
    }
    last = node.bitIndex;
    branches.push({ ...node, hash: next });
    next = bitAt(keyHash, node.bitIndex) === 0 ? node.left : node.right;
    node = loadNode(reader, next);
  }
  return { branches, leaf: node, leafHash: next };
}
