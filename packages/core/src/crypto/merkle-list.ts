import { assertBytes, equalBytes, ZERO_32 } from '../bytes/bytes.ts';
import { namedHash } from './named-hash.ts';

/** What a block header commits to as a list; no two share a preimage. */
export type MerkleListName = 'Vertices' | 'Transactions' | 'Outcomes';

// First byte after the name: a leaf, a node and a root never share a preimage either.
const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);
const ROOT = Uint8Array.of(2);

const COUNT_MAX = 2 ** 32 - 1;

const hashLeaf = (name: MerkleListName, leaf: Uint8Array): Uint8Array => namedHash(name, LEAF, leaf);
const hashNode = (name: MerkleListName, left: Uint8Array, right: Uint8Array): Uint8Array =>
  namedHash(name, NODE, left, right);

function hashRoot(name: MerkleListName, top: Uint8Array, count: number): Uint8Array {
  const countBytes = new Uint8Array(4);
  new DataView(countBytes.buffer).setUint32(0, count, true);
  return namedHash(name, ROOT, countBytes, top);
}

/** The level above: neighbours are joined, an odd last node moves up as it is (never doubled). */
function levelAbove(name: MerkleListName, level: readonly Uint8Array[]): readonly Uint8Array[] {
  const above: Uint8Array[] = [];
  for (let i = 0; i < level.length; i += 2) {
    const left = level[i] ?? ZERO_32;
    const right = level[i + 1];
    above.push(right === undefined ? left : hashNode(name, left, right));
  }
  return above;
}

/**
 * The root of a list of byte strings of any length: hash(name, 2 ‖ u32le count ‖ top), where the top of an empty list
 * is 32 zero bytes, a leaf is hash(name, 0 ‖ bytes) and a node hash(name, 1 ‖ left ‖ right). 2n hashes for n leaves.
 */
export function merkleListRoot(name: MerkleListName, leaves: readonly Uint8Array[]): Uint8Array {
  let level: readonly Uint8Array[] = leaves.map((leaf) => hashLeaf(name, leaf));
  while (level.length > 1) level = levelAbove(name, level);
  return hashRoot(name, level[0] ?? ZERO_32, leaves.length);
}

/**
 * The siblings of leaf `index`, from the leaf upwards; a level at which the node moves up alone has none. 2n hashes.
 * @throws RangeError unless `index` is an integer below the number of leaves.
 */
export function createMerkleListProof(list: {
  readonly name: MerkleListName;
  readonly leaves: readonly Uint8Array[];
  readonly index: number;
}): readonly Uint8Array[] {
  const { name, leaves, index } = list;
  if (!Number.isInteger(index) || index < 0 || index >= leaves.length) {
    throw new RangeError(`index: expected an integer below ${leaves.length}, got ${index}`);
  }
  const siblings: Uint8Array[] = [];
  let level: readonly Uint8Array[] = leaves.map((leaf) => hashLeaf(name, leaf));
  for (let at = index; level.length > 1; at = Math.floor(at / 2)) {
    const sibling = level[at ^ 1];
    if (sibling !== undefined) siblings.push(sibling);
    level = levelAbove(name, level);
  }
  return siblings;
}

/**
 * Whether `leaf` is element `index` of the list of `count` elements that has this root. The root fixes the count, and
 * index and count fix how many siblings there are and on which side each stands. At most 34 hashes.
 * @throws TypeError or RangeError when `root` is not 32 bytes. Whatever is wrong with the rest gives false.
 */
export function verifyMerkleListProof(claim: {
  readonly name: MerkleListName;
  readonly root: Uint8Array;
  readonly leaf: Uint8Array;
  readonly index: number;
  readonly count: number;
  readonly siblings: readonly Uint8Array[];
}): boolean {
  const { name, root, leaf, index, count, siblings } = claim;
  assertBytes(root, 'root', 32);
  if (!Number.isInteger(count) || count < 1 || count > COUNT_MAX) return false;
  if (!Number.isInteger(index) || index < 0 || index >= count) return false;
  let node = hashLeaf(name, leaf);
  let used = 0;
  for (let at = index, width = count; width > 1; at = Math.floor(at / 2), width = Math.ceil(width / 2)) {
    const isRight = at % 2 === 1;
    if (!isRight && at + 1 === width) continue;
    const sibling = siblings[used];
    if (sibling === undefined || sibling.length !== 32) return false;
    used++;
    node = isRight ? hashNode(name, sibling, node) : hashNode(name, node, sibling);
  }
  return used === siblings.length && equalBytes(hashRoot(name, node, count), root);
}
