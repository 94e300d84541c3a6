// Writes large-counts.json: roots and proofs of logs too long to build, in which every leaf is the same, so that every
// complete subtree of one level has one hash. Shares no code with src: BigInt and recursion. Run: node make-large-counts.mjs
import { writeFileSync } from 'node:fs';
import { keccak_256 } from '@noble/hashes/sha3.js';

const DEPTH = 40n;
const COUNTS = [1n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 32n + 1n, 2n ** 40n - 1n];
const hex = (bytes) => `0x${Buffer.from(bytes).toString('hex')}`;
const pair = (left, right) => keccak_256(Buffer.concat([left, right]));
const leaf = keccak_256(Buffer.from('receipt'));

const full = [leaf];
const empty = [new Uint8Array(32)];
for (let level = 1; level <= 40; level++) {
  full.push(pair(full[level - 1], full[level - 1]));
  empty.push(pair(empty[level - 1], empty[level - 1]));
}

/** The subtree of 2^level places from place `start` on, in a log of `count` leaves. */
function node(level, start, count) {
  const size = 2n ** level;
  if (start >= count) return empty[Number(level)];
  if (start + size <= count) return full[Number(level)];
  const half = size / 2n;
  return pair(node(level - 1n, start, count), node(level - 1n, start + half, count));
}

const word = (count) => Buffer.from(count.toString(16).padStart(64, '0'), 'hex');

function siblings(index, count) {
  const out = [];
  for (let level = 0n; level < DEPTH; level++) {
    const place = index >> level;
    const sibling = place % 2n === 0n ? place + 1n : place - 1n;
    out.push(hex(node(level, sibling << level, count)));
  }
  return out;
}

const indexesOf = (count) => [...new Set([0n, count / 2n, count - 1n])];
const cases = COUNTS.map((count) => ({
  count: Number(count),
  root: hex(pair(node(DEPTH, 0n, count), word(count))),
  proofs: indexesOf(count).map((index) => ({ index: Number(index), siblings: siblings(index, count) })),
}));
const target = new URL('./large-counts.json', import.meta.url);
writeFileSync(target, `${JSON.stringify({ leaf: hex(leaf), cases }, undefined, 1)}\n`);
