import { AivmError } from '../../errors/aivm-error.ts';
import {
  createHashTree,
  HASH_SIZE,
  type HashTree,
  nextLevel,
  type TreeFacts,
  treeRoot,
} from './hash-tree.ts';
import { openLeaves, rootOfLeaves } from './multiproof.ts';
import { ARITY, LEAF_SIZE, leafCountOf, levelWidth, treeDepth } from './tree-shape.ts';

/** Levels of the tree that are within a chunk. */
const CHUNK_LEVELS = 3;
const LEAVES_PER_CHUNK = ARITY ** CHUNK_LEVELS;

/** Bytes of a chunk, the unit in which a blob is served: 64 leaves, one node of the third level. */
export const CHUNK_SIZE: number = LEAVES_PER_CHUNK * LEAF_SIZE;

/** Chunks of a blob; no bytes are one chunk. */
export const chunkCountOf = (byteLength: number): number => Math.max(1, Math.ceil(byteLength / CHUNK_SIZE));

/** The leaves of `count` chunks from `first` on. */
function leavesOfChunks(byteLength: number, first: number, count: number): readonly number[] {
  const chunkCount = chunkCountOf(byteLength);
  if (
    !Number.isInteger(first) ||
    !Number.isInteger(count) ||
    first < 0 ||
    count < 1 ||
    first + count > chunkCount
  )
    throw new RangeError(`chunks: expected 1 or more of 0…${chunkCount - 1}, got ${count} from ${first} on`);
  const start = first * LEAVES_PER_CHUNK;
  const end = Math.min(start + count * LEAVES_PER_CHUNK, leafCountOf(byteLength));
  return Array.from({ length: end - start }, (_, i) => start + i);
}

/** The hash of one chunk of a blob of `byteLength` bytes: that of its node of the third level, or of a shorter tree's top. */
export function hashChunk(byteLength: number, chunk: Uint8Array): Uint8Array {
  const { levels } = createHashTree({ name: 'Blob', rows: 0 }, [chunk]);
  const height = Math.min(CHUNK_LEVELS, treeDepth(leafCountOf(byteLength)));
  let hash = levels[levels.length - 1]!;
  for (let level = levels.length - 1; level < height; level++) hash = nextLevel(hash);
  return hash;
}

/**
 * The tree over a blob of `byteLength` bytes from the hashes of its chunks. It has no levels below them, which
 * {@link openChunks} does not ask for.
 */
export function createChunkTree(byteLength: number, chunkHashes: Uint8Array): HashTree {
  const expected = chunkCountOf(byteLength) * HASH_SIZE;
  if (chunkHashes.length !== expected)
    throw new RangeError(`chunkHashes: expected ${expected} bytes, got ${chunkHashes.length}`);
  const leafCount = leafCountOf(byteLength);
  const levels: Uint8Array[] = [];
  const depth = treeDepth(leafCount);
  const height = Math.min(CHUNK_LEVELS, depth);
  for (let level = 0; level < height; level++) levels.push(new Uint8Array(0));
  levels.push(chunkHashes);
  for (let level = height; level < depth; level++) levels.push(nextLevel(levels[level]!));
  const facts: TreeFacts = { name: 'Blob', byteLength, rows: 0 };
  return { ...facts, levels, root: treeRoot(facts, levels[depth]!) };
}

/**
 * The hashes that lead from `count` chunks to the root of the blob.
 *
 * @throws RangeError for chunks that the blob does not have
 */
export const openChunks = (tree: HashTree, first: number, count: number): Uint8Array =>
  openLeaves(tree, leavesOfChunks(tree.byteLength, first, count));

/**
 * The root of a blob of `byteLength` bytes that follows from consecutive chunks of it.
 *
 * @param bytes of whole chunks from `first` on; the blob's last one is as short as the blob leaves it
 * @throws AivmError `malformed` for another number of bytes or hashes; RangeError for chunks that the blob does not have
 */
export function rootOfChunks(
  byteLength: number,
  { first, count }: { readonly first: number; readonly count: number },
  bytes: Uint8Array,
  siblings: Uint8Array,
): Uint8Array {
  const leaves = leavesOfChunks(byteLength, first, count);
  const expected = Math.min((first + count) * CHUNK_SIZE, byteLength) - first * CHUNK_SIZE;
  if (bytes.length !== expected)
    throw new AivmError(
      'malformed',
      `chunks: ${bytes.length} bytes; ${count} from ${first} on have ${expected}`,
    );
  const padded = new Uint8Array(leaves.length * LEAF_SIZE);
  padded.set(bytes);
  const needed = siblingCount(byteLength, first, count) * HASH_SIZE;
  if (siblings.length !== needed)
    throw new AivmError('malformed', `chunks: ${siblings.length} bytes of siblings; ${needed} are needed`);
  return rootOfLeaves({ name: 'Blob', byteLength, rows: 0 }, leaves, padded, siblings);
}

/** Hashes that {@link openChunks} gives. */
function siblingCount(byteLength: number, first: number, count: number): number {
  const leafCount = leafCountOf(byteLength);
  const depth = treeDepth(leafCount);
  let [start, end] = [first, first + count];
  let siblings = 0;
  for (let level = Math.min(CHUNK_LEVELS, depth); level < depth; level++) {
    const above = Math.floor(start / ARITY);
    const behind = Math.ceil(end / ARITY);
    siblings += Math.min(behind * ARITY, levelWidth(leafCount, level)) - above * ARITY - (end - start);
    [start, end] = [above, behind];
  }
  return siblings;
}
