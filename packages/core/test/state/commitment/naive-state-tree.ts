import { keccak_256 } from '@noble/hashes/sha3.js';

// A second, deliberately slow reading of the format: bit strings, string keys, no batches, nothing imported from src.

type Entries = Iterable<readonly [key: string, value: Uint8Array]>;

interface Entry {
  readonly bits: string;
  readonly keyHash: Uint8Array;
  readonly valueHash: Uint8Array;
}

export interface NaiveTree {
  readonly root: Uint8Array;
  /** hex of the hash → hex of the encoded node. */
  readonly nodes: Map<string, string>;
}

export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

const named = (name: string, ...parts: Uint8Array[]): Uint8Array =>
  keccak_256(Buffer.concat([Buffer.from(`aivm/v1/${name}`, 'latin1'), Buffer.alloc(1), ...parts]));

export const naiveKeyHash = (key: string): Uint8Array => named('StateKey', Buffer.from(key, 'hex'));

/** The tree over `entries` (keys in hex), made from nothing. */
export function naiveStateTree(entries: Entries): NaiveTree {
  const nodes = new Map<string, string>();
  const rows = [...entries].map(([key, value]): Entry => {
    const keyHash = naiveKeyHash(key);
    const bits = [...keyHash].map((byte) => byte.toString(2).padStart(8, '0')).join('');
    return { bits, keyHash, valueHash: named('StateValue', value) };
  });
  const keep = (hash: Uint8Array, encoded: Uint8Array): Uint8Array => {
    nodes.set(toHex(hash), toHex(encoded));
    return hash;
  };
  const hashOf = (below: readonly Entry[], bit: number): Uint8Array => {
    const [only] = below;
    if (only === undefined) return new Uint8Array(32);
    if (below.length === 1) {
      const body = Buffer.concat([only.keyHash, only.valueHash]);
      return keep(named('StateLeaf', body), Buffer.concat([Buffer.from([0]), body]));
    }
    const zeros = below.filter(({ bits }) => bits[bit] === '0');
    const ones = below.filter(({ bits }) => bits[bit] === '1');
    if (zeros.length === 0 || ones.length === 0) return hashOf(below, bit + 1);
    const index = Buffer.alloc(2);
    index.writeUInt16LE(bit);
    const body = Buffer.concat([index, hashOf(zeros, bit + 1), hashOf(ones, bit + 1)]);
    return keep(named('StateBranch', body), Buffer.concat([Buffer.from([1]), body]));
  };
  return { root: Uint8Array.from(hashOf(rows, 0)), nodes };
}
