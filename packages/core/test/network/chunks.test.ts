import { describe, expect, it } from 'vitest';
import {
  CHUNK_SIZE,
  chunkCountOf,
  createChunkTree,
  createHashTree,
  hashBlob,
  hashChunk,
  openChunks,
  openLeaves,
  rootOfChunks,
} from '../../src/network/index.ts';
import { Random } from './support/random.ts';

const SIZES = [0, 1, 127, 128, 129, 640, CHUNK_SIZE - 1, CHUNK_SIZE, CHUNK_SIZE + 1, 5 * CHUNK_SIZE, 300_001];

function chunksOf(bytes: Uint8Array): Uint8Array[] {
  return Array.from({ length: chunkCountOf(bytes.length) }, (_, i) =>
    bytes.subarray(i * CHUNK_SIZE, (i + 1) * CHUNK_SIZE),
  );
}

function treeOf(bytes: Uint8Array) {
  const hashes = new Uint8Array(chunkCountOf(bytes.length) * 32);
  for (const [i, chunk] of chunksOf(bytes).entries()) hashes.set(hashChunk(bytes.length, chunk), i * 32);
  return createChunkTree(bytes.length, hashes);
}

/** Bytes of which no two chunks are equal. */
const noise = (random: Random, size: number): Uint8Array =>
  Uint8Array.from({ length: size }, () => random.int(0, 255));

describe('the chunks of a blob', () => {
  const random = new Random(3);

  it.each(SIZES)('of %i bytes lead to its hash, each by itself', (size) => {
    const bytes = noise(random, size);
    const root = hashBlob(bytes);
    const tree = treeOf(bytes);
    expect(tree.root).toEqual(root);
    for (const [first, chunk] of chunksOf(bytes).entries()) {
      const siblings = openChunks(tree, first, 1);
      expect(rootOfChunks(size, { first, count: 1 }, chunk, siblings)).toEqual(root);
    }
  });

  it('are opened together, by the hashes that the leaves would take', () => {
    const bytes = noise(random, 40 * CHUNK_SIZE - 1_000);
    const tree = treeOf(bytes);
    const whole = createHashTree({ name: 'Blob', rows: 0 }, [bytes]);
    for (let i = 0; i < 50; i++) {
      const first = random.int(0, 39);
      const count = random.int(1, 40 - first);
      const siblings = openChunks(tree, first, count);
      const leaves = Math.ceil(bytes.length / 128);
      const indices = Array.from(
        { length: Math.min((first + count) * 64, leaves) - first * 64 },
        (_, k) => first * 64 + k,
      );
      expect(siblings).toEqual(openLeaves(whole, indices));
      const part = bytes.subarray(first * CHUNK_SIZE, (first + count) * CHUNK_SIZE);
      expect(rootOfChunks(bytes.length, { first, count }, part, siblings)).toEqual(tree.root);
    }
  });

  it('with one changed bit, or at another place, lead elsewhere', () => {
    const bytes = noise(random, 3 * CHUNK_SIZE);
    const tree = treeOf(bytes);
    const chunk = bytes.slice(CHUNK_SIZE, 2 * CHUNK_SIZE);
    const siblings = openChunks(tree, 1, 1);
    for (const at of [0, 127, 4_000, CHUNK_SIZE - 1])
      expect(
        rootOfChunks(bytes.length, { first: 1, count: 1 }, chunk.with(at, chunk[at]! ^ 1), siblings),
      ).not.toEqual(tree.root);
    expect(rootOfChunks(bytes.length, { first: 0, count: 1 }, chunk, siblings)).not.toEqual(tree.root);
    expect(
      rootOfChunks(bytes.length, { first: 1, count: 1 }, chunk, siblings.with(3, siblings[3]! ^ 1)),
    ).not.toEqual(tree.root);
  });

  it('refuse other numbers of bytes, hashes and chunks', () => {
    const size = 3 * CHUNK_SIZE;
    const chunk = new Uint8Array(CHUNK_SIZE);
    const place = { first: 0, count: 1 };
    expect(() => rootOfChunks(size, place, chunk.subarray(1), new Uint8Array(64))).toThrow(
      '8191 bytes; 1 from 0',
    );
    expect(() => rootOfChunks(size, place, chunk, new Uint8Array(32))).toThrow('32 bytes of siblings; 64');
    expect(() => rootOfChunks(size, { first: 3, count: 1 }, chunk, new Uint8Array(64))).toThrow('of 0…2');
    expect(() => createChunkTree(size, new Uint8Array(64))).toThrow('expected 96 bytes, got 64');
  });
});
