import { hexToBytes } from '../../bytes/hex.ts';
import { assert } from '../../errors/aivm-error.ts';
import {
  type BranchNode,
  HASH_SIZE,
  type LeafNode,
  type NewBranch,
  pageDepthOf,
  pageKeyOf,
  type TreeNode,
} from './node.ts';
import {
  BRANCH_HEADER_SIZE,
  BRANCH_TAG,
  LEAF_SIZE,
  LEAF_TAG,
  LINK_TAG,
  PAGE_SIZE_MAX,
  ROOT_PAGE,
  StoredBranch,
} from './page.ts';

/** Where pages are put together, one at a time. */
const PAGE = new Uint8Array(PAGE_SIZE_MAX);

/** A page to write: its key and the node that it begins with. */
interface Page {
  readonly key: string;
  readonly top: TreeNode;
}

/**
 * The pages of the tree under `root` that its parts made by an update are in, by key. A page is also written where a
 * branch that it holds below its top became its top.
 */
export function writePages(root: TreeNode): Map<string, Uint8Array> {
  const pages = new Map<string, Uint8Array>();
  const waiting: Page[] = [{ key: ROOT_PAGE, top: root }];
  for (let page = waiting.pop(); page !== undefined; page = waiting.pop()) {
    pages.set(page.key, PAGE.slice(0, putNode(waiting, page.top, page.key.length, 0)));
  }
  return pages;
}

const isNewBranch = (branch: BranchNode): branch is NewBranch => 'isNew' in branch;

function keyOfPageWith(branch: BranchNode): string {
  if (branch instanceof StoredBranch) return branch.page.key;
  assert(isNewBranch(branch), 'state tree: a branch is stored or new');
  return pageKeyOf(branch.keyHash, pageDepthOf(branch.bitIndex));
}

/** Puts `node` and what is below it on this page at `at`; gives where it ends. Tops of other pages go to `waiting`. */
function putNode(waiting: Page[], node: TreeNode, depth: number, at: number): number {
  if (node.kind === 'leaf') return putLeaf(node, at);
  if (node.kind === 'link') return putLink(node, node.prefix, at);
  if (pageDepthOf(node.bitIndex) !== depth) return putLinkTo(waiting, node, at);
  if (node instanceof StoredBranch) {
    const { page, start, end } = node;
    PAGE.set(page.view(start, end - start), at);
    return at + end - start;
  }
  PAGE[at] = BRANCH_TAG;
  PAGE[at + 1] = node.bitIndex;
  PAGE.set(node.hash, at + 4);
  const start = at + BRANCH_HEADER_SIZE;
  const middle = putNode(waiting, node.left, depth, start);
  PAGE[at + 2] = (middle - start) & 0xff;
  PAGE[at + 3] = (middle - start) >> 8;
  return putNode(waiting, node.right, depth, middle);
}

function putLeaf({ keyHash, valueHash, hash }: LeafNode, at: number): number {
  PAGE[at] = LEAF_TAG;
  PAGE.set(keyHash, at + 1);
  PAGE.set(valueHash, at + 1 + HASH_SIZE);
  PAGE.set(hash, at + 1 + 2 * HASH_SIZE);
  return at + LEAF_SIZE;
}

function putLinkTo(waiting: Page[], branch: BranchNode, at: number): number {
  const key = keyOfPageWith(branch);
  const isWritten = branch instanceof StoredBranch && branch.start === 0;
  if (!isWritten) waiting.push({ key, top: branch });
  return putLink(branch, hexToBytes(key.length % 2 === 0 ? key : `${key}0`), at);
}

function putLink({ bitIndex, hash }: Pick<BranchNode, 'bitIndex' | 'hash'>, prefix: Uint8Array, at: number) {
  PAGE[at] = LINK_TAG;
  PAGE[at + 1] = bitIndex;
  PAGE.set(hash, at + 2);
  PAGE.set(prefix, at + 2 + HASH_SIZE);
  return at + 2 + HASH_SIZE + prefix.length;
}
