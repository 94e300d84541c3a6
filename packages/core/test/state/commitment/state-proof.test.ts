import { bytesToHex, equalBytes, hexToBytes, parse, serialize } from '@aivm/core/bytes';
import { namedHash } from '@aivm/core/crypto';
import { AivmError } from '@aivm/core/errors';
import {
  EMPTY_STATE_ROOT,
  proveStateKey,
  type StateProof,
  updateStateTree,
  verifyStateProof,
} from '@aivm/core/state';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stateProofCodec } from '../../../src/state/commitment/state-proof.ts';
import { MapStore, toChanges } from './map-store.ts';
import { naiveKeyHash } from './naive-state-tree.ts';

const valueNo = (n: number): Uint8Array => Uint8Array.of(n & 255, n >> 8, 7);
const keyNo = (n: number): Uint8Array => Uint8Array.of(0x6b, n & 255, n >> 8);

const build = (count: number): { store: MapStore; root: Uint8Array } => {
  const store = new MapStore();
  const entries = Array.from({ length: count }, (_, n) => [bytesToHex(keyNo(n)), valueNo(n)] as const);
  return { store, root: store.accept(updateStateTree(store, EMPTY_STATE_ROOT, toChanges(entries))) };
};

/** The claim's verdict when `bytes` may not even parse. */
const isAccepted = (
  bytes: Uint8Array,
  claim: { root: Uint8Array; key: Uint8Array; value: Uint8Array | undefined },
): boolean => {
  let proof: StateProof;
  try {
    proof = parse(stateProofCodec, bytes);
  } catch (error) {
    if (error instanceof AivmError) return false;
    throw error;
  }
  return verifyStateProof({ ...claim, proof });
};

const expectNoByteToSpare = (
  proof: StateProof,
  claim: { root: Uint8Array; key: Uint8Array; value: Uint8Array | undefined },
): void => {
  const bytes = serialize(stateProofCodec, proof);
  expect(parse(stateProofCodec, bytes)).toEqual(proof);
  expect(isAccepted(bytes, claim)).toBe(true);
  for (let i = 0; i < bytes.length; i++) {
    for (const mask of [0x01, 0x80, 0xff]) {
      const mutated = bytes.slice();
      mutated[i] = (mutated[i] ?? 0) ^ mask;
      expect(isAccepted(mutated, claim), `byte ${i} ^ ${mask}`).toBe(false);
    }
  }
  for (let i = 0; i < bytes.length; i++) expect(isAccepted(bytes.subarray(0, i), claim)).toBe(false);
};

describe('state proofs', () => {
  it.each([1, 2, 3, 16, 100])('prove every key and refuse all else in a tree of %i keys', (count) => {
    const { store, root } = build(count);
    for (let n = 0; n < count; n++) {
      const key = keyNo(n);
      const proof = proveStateKey(store, root, key);
      expect(proof.otherLeaf).toBeUndefined();
      expect(verifyStateProof({ root, key, value: valueNo(n), proof })).toBe(true);
      expect(verifyStateProof({ root, key, value: undefined, proof })).toBe(false);
      expect(verifyStateProof({ root, key, value: valueNo(n + 1), proof })).toBe(false);
      expect(verifyStateProof({ root, key, value: new Uint8Array(0), proof })).toBe(false);
      expect(verifyStateProof({ root, key: keyNo(n + 1), value: valueNo(n), proof })).toBe(false);
      expect(verifyStateProof({ root: EMPTY_STATE_ROOT, key, value: valueNo(n), proof })).toBe(false);
    }
    for (let n = count; n < count + 50; n++) {
      const key = keyNo(n);
      const proof = proveStateKey(store, root, key);
      expect(proof.otherLeaf).toBeDefined();
      expect(verifyStateProof({ root, key, value: undefined, proof })).toBe(true);
      expect(verifyStateProof({ root, key, value: valueNo(n), proof })).toBe(false);
    }
  });

  it('prove absence in the empty tree, and only there without a leaf', () => {
    const key = keyNo(1);
    const proof = proveStateKey(new MapStore(), EMPTY_STATE_ROOT, key);
    expect(proof).toEqual({ steps: [], otherLeaf: undefined });
    expect(verifyStateProof({ root: EMPTY_STATE_ROOT, key, value: undefined, proof })).toBe(true);
    expect(verifyStateProof({ root: EMPTY_STATE_ROOT, key, value: valueNo(1), proof })).toBe(false);
    expect(verifyStateProof({ root: build(1).root, key: keyNo(5), value: undefined, proof })).toBe(false);
  });

  it('have no byte to spare', () => {
    const { store, root } = build(20);
    for (const n of [0, 7, 19]) {
      const claim = { root, key: keyNo(n), value: valueNo(n) };
      expectNoByteToSpare(proveStateKey(store, root, claim.key), claim);
    }
    for (const n of [20, 33, 47]) {
      const claim = { root, key: keyNo(n), value: undefined };
      expectNoByteToSpare(proveStateKey(store, root, claim.key), claim);
    }
    const empty = { root: EMPTY_STATE_ROOT, key: keyNo(0), value: undefined };
    expectNoByteToSpare(proveStateKey(store, EMPTY_STATE_ROOT, empty.key), empty);
  });

  it('never prove the absence of a key that is there: no proof made for another key serves', () => {
    const { store, root } = build(64);
    for (let n = 0; n < 64; n++) {
      for (let m = 0; m < 160; m++) {
        const { steps, otherLeaf } = proveStateKey(store, root, keyNo(m));
        const leaf = otherLeaf ?? {
          keyHash: naiveKeyHash(bytesToHex(keyNo(m))),
          valueHash: new Uint8Array(32),
        };
        const proof = { steps, otherLeaf: leaf };
        expect(verifyStateProof({ root, key: keyNo(n), value: undefined, proof })).toBe(false);
      }
    }
  });

  it('hold after random updates, against the root of their time only', () => {
    const changes = fc.array(fc.tuple(fc.integer({ min: 0, max: 30 }), fc.boolean()), { maxLength: 12 });
    fc.assert(
      fc.property(fc.array(changes, { minLength: 1, maxLength: 6 }), (batches) => {
        const store = new MapStore();
        const model = new Map<number, Uint8Array>();
        let root = EMPTY_STATE_ROOT;
        for (const [round, batch] of batches.entries()) {
          for (const [n, isWrite] of batch) {
            if (isWrite) model.set(n, valueNo(n + 256 * round));
            else model.delete(n);
          }
          const all = batch.map(([n]) => [bytesToHex(keyNo(n)), model.get(n)] as const);
          const oldRoot = root;
          root = store.accept(updateStateTree(store, root, toChanges(all)));
          for (let n = 0; n <= 31; n++) {
            const proof = proveStateKey(store, root, keyNo(n));
            const claim = { key: keyNo(n), value: model.get(n), proof };
            expect(verifyStateProof({ root, ...claim })).toBe(true);
            if (!equalBytes(root, oldRoot)) expect(verifyStateProof({ root: oldRoot, ...claim })).toBe(false);
          }
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('verifyStateProof', () => {
  const { store, root } = build(20);
  const key = keyNo(3);
  const value = valueNo(3);
  const proof = proveStateKey(store, root, key);
  const absent = keyNo(30);
  const absence = proveStateKey(store, root, absent);
  const [firstStep] = proof.steps;
  if (firstStep === undefined) throw new Error('the tree is deeper than this');

  it.each<[string, StateProof]>([
    ['steps out of order', { ...proof, steps: [...proof.steps].reverse() }],
    ['a step twice', { ...proof, steps: [firstStep, ...proof.steps] }],
    ['a step left out', { ...proof, steps: proof.steps.slice(1) }],
    ['the last step left out', { ...proof, steps: proof.steps.slice(0, -1) }],
    ['no steps', { ...proof, steps: [] }],
    ['a fork at bit 256', { ...proof, steps: [{ ...firstStep, bitIndex: 256 }] }],
    ['a fork at bit −1', { ...proof, steps: [{ ...firstStep, bitIndex: -1 }] }],
    ['a fork between bits', { ...proof, steps: [{ ...firstStep, bitIndex: 0.5 }] }],
    ['a short sibling', { ...proof, steps: [{ ...firstStep, sibling: firstStep.sibling.subarray(1) }] }],
    ['a leaf that no proof of presence has', { ...proof, otherLeaf: absence.otherLeaf }],
  ])('refuses presence with %s', (_, bad) => {
    expect(verifyStateProof({ root, key, value, proof })).toBe(true);
    expect(verifyStateProof({ root, key, value, proof: bad })).toBe(false);
  });

  const leaf = absence.otherLeaf;
  if (leaf === undefined) throw new Error('a proof of absence names a leaf');

  it.each<[string, StateProof]>([
    ['no leaf', { ...absence, otherLeaf: undefined }],
    ['a short key hash', { ...absence, otherLeaf: { ...leaf, keyHash: leaf.keyHash.subarray(1) } }],
    ['a long value hash', { ...absence, otherLeaf: { ...leaf, valueHash: new Uint8Array(33) } }],
    [
      'key and value hash cut elsewhere',
      {
        ...absence,
        otherLeaf: {
          keyHash: Uint8Array.of(...leaf.keyHash, leaf.valueHash[0] ?? 0),
          valueHash: leaf.valueHash.subarray(1),
        },
      },
    ],
    ['the path of a key that is there', proof],
  ])('refuses absence with %s', (_, bad) => {
    expect(verifyStateProof({ root, key: absent, value: undefined, proof: absence })).toBe(true);
    expect(verifyStateProof({ root, key: absent, value: undefined, proof: bad })).toBe(false);
  });

  it('refuses a leaf that did not take the same turns, even under a root made for it', () => {
    const isBitSet = (n: number): boolean => (naiveKeyHash(bytesToHex(keyNo(n)))[0] ?? 0) >= 128;
    const numbers = Array.from({ length: 99 }, (_, n) => n);
    const left = numbers.find((n) => !isBitSet(n)) ?? -1;
    const right = numbers.find(isBitSet) ?? -1;
    const keyHash = naiveKeyHash(bytesToHex(keyNo(right)));
    const valueHash = namedHash('StateValue', valueNo(right));
    const sibling = new Uint8Array(32).fill(5);
    // A branch that forks at bit 0 and keeps on its left a leaf whose bit 0 is 1: in no canonical tree.
    const forgedRoot = namedHash(
      'StateBranch',
      Uint8Array.of(0, 0),
      namedHash('StateLeaf', keyHash, valueHash),
      sibling,
    );
    const forged = { steps: [{ bitIndex: 0, sibling }], otherLeaf: { keyHash, valueHash } };
    const claim = { key: keyNo(left), value: undefined, proof: forged };
    expect(verifyStateProof({ root: forgedRoot, ...claim })).toBe(false);
  });

  it('refuses paths that no tree could have, even under a root made for them', () => {
    const hash = naiveKeyHash(bytesToHex(key));
    const isRight = (bitIndex: number): boolean =>
      (((hash[bitIndex >> 3] ?? 0) >> (7 - (bitIndex & 7))) & 1) === 1;
    const rootFor = (steps: StateProof['steps']): Uint8Array =>
      steps.reduceRight(
        (below, { bitIndex, sibling }) =>
          namedHash(
            'StateBranch',
            Uint8Array.of(bitIndex & 255, bitIndex >> 8),
            ...(isRight(bitIndex) ? [sibling, below] : [below, sibling]),
          ),
        namedHash('StateLeaf', hash, namedHash('StateValue', value)),
      );
    const isProven = (bitIndices: readonly number[], siblingSize = 32): boolean => {
      const steps = bitIndices.map((bitIndex) => ({ bitIndex, sibling: new Uint8Array(siblingSize) }));
      return verifyStateProof({ root: rootFor(steps), key, value, proof: { steps, otherLeaf: undefined } });
    };
    expect(isProven([])).toBe(true);
    expect(isProven([0, 1, 7, 8, 254, 255])).toBe(true);
    for (const bitIndices of [[1, 0], [5, 5], [0, 9, 9, 10], [3, 255, 4], [256], [255, 256], [65535]]) {
      expect(isProven(bitIndices), bitIndices.join()).toBe(false);
    }
    for (const size of [0, 31, 33, 64]) expect(isProven([0, 9], size)).toBe(false);
  });

  it('refuses steps in an empty tree', () => {
    const claim = { root: EMPTY_STATE_ROOT, key, value: undefined };
    const steps = [{ bitIndex: 0, sibling: EMPTY_STATE_ROOT }];
    expect(verifyStateProof({ ...claim, proof: { steps: [], otherLeaf: undefined } })).toBe(true);
    expect(verifyStateProof({ ...claim, proof: { steps, otherLeaf: undefined } })).toBe(false);
  });

  it('throws for a root of another size, which is the caller’s mistake and not the prover’s', () => {
    expect(() => verifyStateProof({ root: hexToBytes('00'), key, value, proof })).toThrow(
      /root: expected 32 bytes, got 1/,
    );
  });

  it('names a missing page when it proves', () => {
    const empty = new MapStore();
    expect(() => proveStateKey(empty, root, key)).toThrow('page "" is missing');
  });
});
