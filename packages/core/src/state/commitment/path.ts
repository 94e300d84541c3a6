import { equalBytes } from '../../bytes/bytes.ts';
import { AivmError } from '../../errors/aivm-error.ts';
import {
  type BranchNode,
  bitAt,
  type LeafNode,
  pageDepthOf,
  pageKeyOf,
  type TreeNode,
  type TreeReader,
} from './node.ts';
import { loadPage, ROOT_PAGE } from './page.ts';

/** The nodes from some node down to a leaf. */
export interface TreePath {
  /** From the top down; bit indices strictly increase, so there are at most 256. */
  readonly branches: readonly BranchNode[];
  readonly leaf: LeafNode;
}

/**
 * The top of the stored tree with this root, which is not that of the empty tree.
 * @throws AivmError `data_dir_corrupt` where the store holds another tree.
 */
export function loadRoot(reader: TreeReader, root: Uint8Array): TreeNode {
  const top = loadPage(reader, ROOT_PAGE).nodeAt(0);
  if (!equalBytes(top.hash, root)) {
    throw new AivmError('data_dir_corrupt', 'state tree: page "" begins with another root');
  }
  return top;
}

/** The branch that a link stands for, and any other node itself. */
function follow(reader: TreeReader, node: TreeNode): Exclude<TreeNode, { kind: 'link' }> {
  if (node.kind !== 'link') return node;
  const key = pageKeyOf(node.prefix, pageDepthOf(node.bitIndex));
  const top = loadPage(reader, key).nodeAt(0);
  if (top.kind !== 'branch' || top.bitIndex !== node.bitIndex || !equalBytes(top.hash, node.hash)) {
    throw new AivmError('data_dir_corrupt', `state tree: page "${key}" begins with another branch`);
  }
  return top;
}

/**
 * Descends from `top` along the bits of `keyHash` down to a leaf: the leaf of that key where the tree has it, else the
 * leaf of a key that took the same turns. Reads every page on the way once, hashes nothing.
 * @throws AivmError `data_dir_corrupt` that names the page that is missing or damaged.
 */
export function loadPath(reader: TreeReader, top: TreeNode, keyHash: Uint8Array): TreePath {
  const branches: BranchNode[] = [];
  let node = follow(reader, top);
  while (node.kind === 'branch') {
    branches.push(node);
    node = follow(reader, bitAt(keyHash, node.bitIndex) === 0 ? node.left : node.right);
  }
  return { branches, leaf: node };
}
