import { compareBytes, u32be } from '@aivm/core/bytes';
import { keccak256 } from '@aivm/core/crypto';
import {
  EMPTY_STATE_ROOT,
  hashStatePart,
  stateKeyHash,
  stateRootOfParts,
  updateStateTree,
} from '@aivm/core/state';
import { describe, expect, it } from 'vitest';

interface Entry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

const sorted = (count: number): readonly Entry[] =>
  Array.from({ length: count }, (_, i) => ({ key: u32be(i), value: keccak256(u32be(i)) })).sort(
    (left, right) => compareBytes(stateKeyHash(left.key), stateKeyHash(right.key)),
  );
const rootOf = (entries: readonly Entry[]): Uint8Array =>
  updateStateTree(
    { getPage: () => undefined },
    EMPTY_STATE_ROOT,
    entries.map(({ key, value }) => [key, value]),
  ).root;

/** Groups by the first bits of the key hashes. */
function cut(entries: readonly Entry[], bits: number): readonly (readonly Entry[])[] {
  const groups = new Map<number, Entry[]>();
  for (const entry of entries) {
    const group = (stateKeyHash(entry.key)[0] ?? 0) >> (8 - bits);
    groups.set(group, [...(groups.get(group) ?? []), entry]);
  }
  return [...groups.values()];
}

const partsOf = (groups: readonly (readonly Entry[])[]) =>
  groups.map((entries) => hashStatePart(entries)).filter((part) => part !== undefined);

describe('parts of a state', () => {
  it.each([0, 1, 2, 3, 17, 300])('of %i keys lead to its root, wherever it is cut', (count) => {
    const entries = sorted(count);
    for (const bits of [0, 1, 3, 5, 8])
      expect(stateRootOfParts(partsOf(cut(entries, bits)))).toEqual(rootOf(entries));
  });

  it('lead to another root where one is missing, twice, changed or another', () => {
    const groups = cut(sorted(64), 3);
    const parts = partsOf(groups);
    const root = rootOf(sorted(64));
    for (const [i, part] of parts.entries()) {
      const others = parts.filter((_, j) => j !== i);
      expect(stateRootOfParts(others)).not.toEqual(root);
      expect(
        stateRootOfParts(parts.map((one, j) => (j === i ? { ...one, hash: keccak256(one.hash) } : one))),
      ).not.toEqual(root);
      const entries = groups[i] ?? [];
      expect(hashStatePart(entries.slice(1))?.hash).not.toEqual(part.hash);
      const [first, ...rest] = entries;
      if (first !== undefined) {
        expect(hashStatePart([{ ...first, value: Uint8Array.of(1) }, ...rest])?.hash).not.toEqual(part.hash);
      }
    }
    expect(() => stateRootOfParts([...parts].reverse())).toThrow(
      expect.objectContaining({ code: 'malformed' }),
    );
    expect(() => stateRootOfParts([...parts, ...parts.slice(-1)])).toThrow(
      expect.objectContaining({ code: 'malformed' }),
    );
    expect(() => hashStatePart([...(groups[0] ?? [])].reverse())).toThrow(
      expect.objectContaining({ code: 'malformed' }),
    );
  });
});
