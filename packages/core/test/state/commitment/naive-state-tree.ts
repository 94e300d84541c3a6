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
  /** Key of the page → its bytes in hex. */
  readonly pages: Map<string, string>;
  readonly nodeCount: number;
}

type NaiveNode =
  | { readonly hash: string; readonly entry: Entry }
  | {
      readonly hash: string;
      readonly bit: number;
      readonly digits: string;
      readonly sides: [NaiveNode, NaiveNode];
    };

export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

const named = (name: string, ...parts: Uint8Array[]): Uint8Array =>
  keccak_256(Buffer.concat([Buffer.from(`aivm/v1/${name}`, 'latin1'), Buffer.alloc(1), ...parts]));

export const naiveKeyHash = (key: string): Uint8Array => named('StateKey', Buffer.from(key, 'hex'));

/** The tree over `entries` (keys in hex), made from nothing. */
export function naiveStateTree(entries: Entries): NaiveTree {
  const rows = [...entries].map(([key, value]): Entry => {
    const keyHash = naiveKeyHash(key);
    const bits = [...keyHash].map((byte) => byte.toString(2).padStart(8, '0')).join('');
    return { bits, keyHash, valueHash: named('StateValue', value) };
  });
  const top = naiveNode(rows, 0);
  if (top === undefined) return { root: new Uint8Array(32), pages: new Map(), nodeCount: 0 };
  const pages = new Map<string, string>();
  pages.set('', encodeIn(pages, top, ''));
  return { root: Uint8Array.from(Buffer.from(top.hash, 'hex')), pages, nodeCount: 2 * rows.length - 1 };
}

function naiveNode(below: readonly Entry[], bit: number): NaiveNode | undefined {
  const [entry] = below;
  if (entry === undefined) return undefined;
  if (below.length === 1) return { hash: toHex(named('StateLeaf', entry.keyHash, entry.valueHash)), entry };
  const left = naiveNode(
    below.filter(({ bits }) => bits[bit] === '0'),
    bit + 1,
  );
  const right = naiveNode(
    below.filter(({ bits }) => bits[bit] === '1'),
    bit + 1,
  );
  if (left === undefined || right === undefined) return left ?? right;
  const index = Buffer.from([bit, 0]);
  const hash = toHex(
    named('StateBranch', index, Buffer.from(left.hash, 'hex'), Buffer.from(right.hash, 'hex')),
  );
  return { hash, bit, digits: toHex(entry.keyHash).slice(0, Math.floor(bit / 4)), sides: [left, right] };
}

/** The node as the page with this key holds it; pages below go to `pages`. */
function encodeIn(pages: Map<string, string>, node: NaiveNode, pageKey: string): string {
  if ('entry' in node) return `00${toHex(node.entry.keyHash)}${toHex(node.entry.valueHash)}${node.hash}`;
  const { bit, digits, hash, sides } = node;
  const bitHex = bit.toString(16).padStart(2, '0');
  if (digits !== pageKey) {
    pages.set(digits, encodeIn(pages, node, digits));
    return `02${bitHex}${hash}${digits}${digits.length % 2 === 0 ? '' : '0'}`;
  }
  const [left, right] = sides.map((side) => encodeIn(pages, side, pageKey)) as [string, string];
  const size = Buffer.alloc(2);
  size.writeUInt16LE(left.length / 2);
  return `01${bitHex}${toHex(size)}${hash}${left}${right}`;
}
