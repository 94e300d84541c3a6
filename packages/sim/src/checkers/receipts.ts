import { concatBytes, equalBytes, ZERO_32 } from '@aivm/core/bytes';
import { keccak256 } from '@aivm/core/crypto';
import { verifyReceiptProof } from '@aivm/core/state';
import type { CensusTaken, CreateChecker } from './checker.ts';

const DEPTH = 40;

const pair = (left: Uint8Array, right: Uint8Array): Uint8Array => keccak256(concatBytes(left, right));

function zeroSubtrees(): readonly Uint8Array[] {
  const zeros: Uint8Array[] = [ZERO_32];
  for (let level = 0; level < DEPTH; level++) {
    const below = zeros[level] ?? ZERO_32;
    zeros.push(pair(below, below));
  }
  return zeros;
}

function countWord(count: number): Uint8Array {
  const word = new Uint8Array(32);
  new DataView(word.buffer).setBigUint64(24, BigInt(count));
  return word;
}

/** The deposit contract's scheme, written out again: insert at the right edge, fold with zero subtrees. */
class Log {
  readonly leaves: Uint8Array[] = [];
  readonly #branch: Uint8Array[] = [];
  readonly #zeros = zeroSubtrees();

  append(leaf: Uint8Array): void {
    this.leaves.push(leaf);
    let node = leaf;
    let size = this.leaves.length;
    for (let level = 0; level < DEPTH; level++) {
      if (size % 2 === 1) {
        this.#branch[level] = node;
        return;
      }
      node = pair(this.#branch[level] ?? node, node);
      size = Math.floor(size / 2);
    }
  }

  root(): Uint8Array {
    let node = this.#zeros[0] ?? ZERO_32;
    let size = this.leaves.length;
    for (let level = 0; level < DEPTH; level++) {
      const zero = this.#zeros[level] ?? node;
      node = size % 2 === 1 ? pair(this.#branch[level] ?? zero, node) : pair(node, zero);
      size = Math.floor(size / 2);
    }
    return pair(node, countWord(this.leaves.length));
  }
}

/**
 * The log of receipts only grows, its root is what every header says, and a proof holds for its own index and count
 * and for no other: a contract on another chain pays by it.
 */
export const createReceiptsChecker: CreateChecker = ({ fail }) => {
  const log = new Log();
  let root = log.root();
  const checkProof = ({ nodes, height }: CensusTaken, index: number): void => {
    const count = log.leaves.length;
    const leaf = log.leaves[index];
    const node = nodes.find((one) => one.isUp && one.height === height);
    if (leaf === undefined || node === undefined) return;
    const siblings = node.node.blocks.getReceiptProof(index, count);
    const holds = (at: number, of: number): boolean =>
      verifyReceiptProof({ root, leaf, index: at, count: of, siblings });
    if (!holds(index, count)) fail(`height ${height}: receipt ${index} of ${count} has no proof`);
    for (const [at, of] of [
      [index ^ 1, count],
      [index, count + 1],
      [index, count - 1],
    ] as const) {
      if (holds(at, of))
        fail(`height ${height}: the proof of receipt ${index} of ${count} holds for ${at} of ${of}`);
    }
  };
  return {
    name: 'receipts',
    onBlock({ height, block, result }) {
      for (const { index, leaf } of result.receipts) {
        if (index !== log.leaves.length)
          fail(`height ${height}: receipt ${index} comes after ${log.leaves.length}`);
        log.append(leaf);
      }
      if (result.receipts.length > 0) root = log.root();
      const { receiptsRoot, receiptCount } = block.header;
      if (receiptCount !== log.leaves.length || !equalBytes(receiptsRoot, root)) {
        fail(`height ${height}: the header names another log of ${receiptCount} receipts`);
      }
    },
    onCensus(census) {
      const count = log.leaves.length;
      if (count === 0) return;
      for (const index of new Set([0, count - 1, Math.floor(count / 2)])) checkProof(census, index);
    },
  };
};
