import { AivmError } from '../../errors/aivm-error.ts';
import {
  type BranchNode,
  HASH_SIZE,
  type LeafNode,
  type LinkNode,
  pageDepthOf,
  prefixSize,
  type TreeNode,
  type TreeReader,
} from './node.ts';

/*
 * A page holds what the tree has between two hex digits of the key hash: the branches that fork at the four bits after
 * the page's key, with the leaves right below them and links to the branches of deeper pages. All of it hangs together,
 * so a page is one node with everything below it, in preorder:
 *
 *   leaf     0 ‖ keyHash ‖ valueHash ‖ hash
 *   branch   1 ‖ u8 bitIndex ‖ u16le bytes of the left node ‖ hash ‖ left ‖ right
 *   link     2 ‖ u8 bitIndex ‖ hash ‖ the bytes of the linked page's key (one hex digit a half byte, the last padded by 0)
 *
 * The page with the empty key begins with the root, whatever it is. At most 15 branches and 16 nodes below them.
 */
export const LEAF_TAG = 0;
export const BRANCH_TAG = 1;
export const LINK_TAG = 2;
export const LEAF_SIZE = 1 + 3 * HASH_SIZE;
export const BRANCH_HEADER_SIZE = 4 + HASH_SIZE;
const LINK_HEADER_SIZE = 2 + HASH_SIZE;
/** More than any page has: 15 branch headers and 16 leaves, which are longer than links. */
export const PAGE_SIZE_MAX = 15 * BRANCH_HEADER_SIZE + 16 * LEAF_SIZE;

/** The key of the page that begins with the root. */
export const ROOT_PAGE = '';

/** A branch as a page holds it; what is below is decoded when somebody asks. */
export class StoredBranch implements BranchNode {
  readonly kind = 'branch';
  readonly bitIndex: number;
  readonly page: StoredPage;
  readonly start: number;
  readonly #middle: number;
  #left: TreeNode | undefined;
  #right: TreeNode | undefined;

  constructor(page: StoredPage, start: number) {
    const { bytes } = page;
    this.page = page;
    this.start = start;
    this.bitIndex = bytes[start + 1] ?? 0;
    const leftSize = (bytes[start + 2] ?? 0) | ((bytes[start + 3] ?? 0) << 8);
    this.#middle = start + BRANCH_HEADER_SIZE + leftSize;
  }

  get hash(): Uint8Array {
    return this.page.view(this.start + 4, HASH_SIZE);
  }

  get left(): TreeNode {
    this.#left ??= this.page.nodeAt(this.start + BRANCH_HEADER_SIZE, this.bitIndex);
    return this.#left;
  }

  get right(): TreeNode {
    this.#right ??= this.page.nodeAt(this.#middle, this.bitIndex);
    return this.#right;
  }

  /** Where the bytes of everything below end. */
  get end(): number {
    return this.page.endOf(this.#middle);
  }
}

/** The bytes of a page, and the nodes in them. */
class StoredPage {
  readonly key: string;
  readonly bytes: Uint8Array;

  constructor(key: string, bytes: Uint8Array) {
    this.key = key;
    this.bytes = bytes;
  }

  /** The node that begins at `start`. Below a branch that forks at `above`, it must fork later. */
  nodeAt(start: number, above = -1): TreeNode {
    const tag = this.bytes[start];
    if (tag === LEAF_TAG) return this.#leafAt(start);
    const bitIndex = this.bytes[start + 1] ?? 0;
    if (bitIndex <= above) throw this.#damaged();
    const isHere = pageDepthOf(bitIndex) === this.key.length;
    if (tag === BRANCH_TAG && isHere) return new StoredBranch(this, start);
    if (tag === LINK_TAG && !isHere) return this.#linkAt(start, bitIndex);
    throw this.#damaged();
  }

  #leafAt(start: number): LeafNode {
    return {
      kind: 'leaf',
      keyHash: this.view(start + 1, HASH_SIZE),
      valueHash: this.view(start + 1 + HASH_SIZE, HASH_SIZE),
      hash: this.view(start + 1 + 2 * HASH_SIZE, HASH_SIZE),
    };
  }

  #linkAt(start: number, bitIndex: number): LinkNode {
    return {
      kind: 'link',
      bitIndex,
      hash: this.view(start + 2, HASH_SIZE),
      prefix: this.view(start + LINK_HEADER_SIZE, prefixSize(pageDepthOf(bitIndex))),
    };
  }

  /** Where the node that begins at `start` ends, with everything below it. */
  endOf(start: number): number {
    const { bytes } = this;
    let at = start;
    // Down the right side: a branch ends where its right node does.
    while (bytes[at] === BRANCH_TAG) {
      at += BRANCH_HEADER_SIZE + (bytes[at + 2] ?? 0) + ((bytes[at + 3] ?? 0) << 8);
    }
    const size =
      bytes[at] === LEAF_TAG ? LEAF_SIZE : LINK_HEADER_SIZE + prefixSize(pageDepthOf(bytes[at + 1] ?? 0));
    if (at + size > bytes.length) throw this.#damaged();
    return at + size;
  }

  /** `size` bytes from `start`. Not subarray: a store may hand out a subclass, whose views would reach our callers. */
  view(start: number, size: number): Uint8Array {
    if (start + size > this.bytes.length) throw this.#damaged();
    return new Uint8Array(this.bytes.buffer, this.bytes.byteOffset + start, size);
  }

  #damaged(): AivmError {
    return new AivmError('data_dir_corrupt', `state tree: page "${this.key}" is damaged`);
  }
}

/**
 * Reads the page with this key.
 * @throws AivmError `data_dir_corrupt` that names the page.
 */
export function loadPage(reader: TreeReader, key: string): StoredPage {
  const bytes = reader.getPage(key);
  if (bytes === undefined) {
    throw new AivmError('data_dir_corrupt', `state tree: page "${key}" is missing`);
  }
  return new StoredPage(key, bytes);
}
