import { keccak_256 } from '@noble/hashes/sha3.js';
import type { BenchFixtures } from './fixtures.ts';

/**
 * What a careful program does without these kernels: noble's Keccak-256 over exactly the preimages that a kernel hashes,
 * in buffers allocated before, and nothing else.
 */
export interface HashBaseline {
  epochTransition(fixtures: BenchFixtures): void;
  inferenceStep(fixtures: BenchFixtures): void;
  proofVerify(fixtures: BenchFixtures): void;
}

/** Hashes `leafSize` bytes of every slot and folds the digests. */
function foldTable(table: Uint8Array, slotSize: number, leaf: Uint8Array, pair: Uint8Array): void {
  pair.fill(0);
  for (let slot = 0; slot < table.length; slot += slotSize) {
    leaf.set(table.subarray(slot, slot + Math.min(leaf.length, slotSize)), 0);
    pair.set(keccak_256(leaf), 32);
    pair.set(keccak_256(pair), 0);
  }
}

/** The baseline with buffers of its own. */
export function createHashBaseline(): HashBaseline {
  const [attestationLeaf, modelLeaf, anchorLeaf] = [
    new Uint8Array(144),
    new Uint8Array(140),
    new Uint8Array(116),
  ];
  const pair = new Uint8Array(64);
  const [salted, revealed, root] = [new Uint8Array(64), new Uint8Array(33), new Uint8Array(136)];
  const bound = new Uint8Array(212);
  return {
    epochTransition({ attestations, models, anchors }) {
      foldTable(attestations, 144, attestationLeaf, pair);
      foldTable(models, 160, modelLeaf, pair);
      foldTable(anchors, 128, anchorLeaf, pair);
    },
    inferenceStep({ inferenceOps, inputs, inferenceResults }) {
      for (let index = 0; index < inputs.length / 32; index++) {
        const op = index * 144;
        salted.set(inferenceOps.subarray(op + 64, op + 96), 0);
        salted.set(inputs.subarray(index * 32, index * 32 + 32), 32);
        revealed.set(salted.subarray(0, 33), 0);
        root.set(inferenceOps.subarray(op, op + 32), 0);
        root.set(keccak_256(salted), 32);
        root.set(keccak_256(revealed), 64);
        inferenceResults.set(keccak_256(root), index * 112 + 72);
      }
    },
    proofVerify({ proofOps, proofResults }) {
      for (let index = 0; index < proofOps.length / 240; index++) {
        bound.set(proofOps.subarray(index * 240, index * 240 + 212), 0);
        proofResults.set(keccak_256(bound), index * 48 + 8);
      }
    },
  };
}
