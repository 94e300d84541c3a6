import { createVertex, parseVertex, type StatelessVertex, VERTEX_BYTES_MAX } from '@aivm/core/block';
import { compareBytes, concatBytes, equalBytes, serialize } from '@aivm/core/bytes';
import { namedHash } from '@aivm/core/crypto';
import type { AivmError } from '@aivm/core/errors';
import { assembleTransaction, parseTransaction, signTransaction, type Transaction } from '@aivm/core/tx';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { vertexHeaderCodec } from '../../src/block/vertex.ts';

const CHAIN = 7n;
const PLACE = { chainId: CHAIN, genesisHash: new Uint8Array(32).fill(77) } as const;
const sign = (seed: number, nonce: bigint, id: string): Transaction =>
  signTransaction(
    { ...PLACE, nonce, expiry: 0n, operation: { kind: 'cancelTask', taskId: id } },
    new Uint8Array(32).fill(seed),
  );
const pool = [sign(1, 0n, 'a'), sign(1, 1n, 'b'), sign(2, 0n, 'a'), sign(3, 5n, 'c')];
const id = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);

const make = (more: Partial<Parameters<typeof createVertex>[0]> = {}): StatelessVertex =>
  createVertex({ ...PLACE, parents: [id(1), id(2)], height: 3, epoch: 4, transactions: pool, ...more });

/** Bytes as an attacker would write them: nothing is put in order. */
function forge(more: {
  readonly version?: number;
  readonly chainId?: bigint;
  readonly parents?: readonly Uint8Array[];
  readonly height?: number;
  readonly transactions?: readonly Uint8Array[];
}): Uint8Array {
  const { version = 2, chainId = CHAIN, parents = [id(1), id(2)], height = 3 } = more;
  const transactions = more.transactions ?? make().transactions.map(({ bytes }) => bytes);
  const u32 = (value: number): Uint8Array => {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, value, true);
    return bytes;
  };
  return concatBytes(
    serialize(vertexHeaderCodec, { ...PLACE, version, chainId, parents, height, epoch: 4 }),
    u32(transactions.length),
    ...transactions.flatMap((tx) => [u32(tx.length), tx]),
  );
}

const ordered = make().transactions.map(({ bytes }) => bytes);

describe('a vertex', () => {
  it('comes back from its bytes, and has their hash as its id', () => {
    const parents = fc.uniqueArray(fc.nat(250), { maxLength: 16 });
    fc.assert(
      fc.property(
        parents,
        fc.nat(9),
        fc.nat(),
        fc.subarray(pool, { minLength: 1 }),
        (fills, up, epoch, txs) => {
          const height = fills.length === 0 ? 0 : 1 + up;
          const vertex = make({ parents: fills.map(id), height, epoch: epoch >>> 0, transactions: txs });
          const parsed = parseVertex(vertex.bytes);
          expect(parsed).toEqual(vertex);
          expect(createVertex(parsed).bytes).toEqual(vertex.bytes);
          expect(parsed.id).toEqual(namedHash('Vertex', vertex.bytes));
        },
      ),
      { numRuns: 20 },
    );
  });

  it.each([
    {
      kind: 'challenge',
      taskId: 'a',
      attempt: 1,
      panel: 0,
      inputHash: id(1),
      weightHash: id(2),
      postedHash: id(3),
      output: id(4),
      bond: 5n,
      rootCommitment: id(0),
    },
    { kind: 'disputeMove', taskId: 'a', game: 0, move: 1, body: new Uint8Array(8) },
  ] as const)('carries no $kind: disputes have clocks, and vertices wait for one another', (operation) => {
    const key = new Uint8Array(32).fill(9);
    const tx = signTransaction({ ...PLACE, nonce: 0n, expiry: 0n, operation }, key);
    expect(() => make({ transactions: [...pool, tx] })).toThrow(`is a ${operation.kind}`);
    const sorted = [...pool, tx].sort(
      (a, b) => compareBytes(a.sender, b.sender) || Number(a.nonce - b.nonce),
    );
    const forged = forge({ transactions: sorted.map(({ bytes }) => bytes) });
    expect(() => parseVertex(forged)).toThrow(`is a ${operation.kind}`);
  });

  it('is the same whatever order its parents and transactions come in', () => {
    const turned = make({ parents: [id(2), id(1)], transactions: [...pool].reverse() });
    expect(turned.bytes).toEqual(make().bytes);
    expect(forge({})).toEqual(make().bytes);
    expect(make().jobIds).toEqual(['a', 'b', 'c']);
  });

  it('has another id, or is refused, with any changed byte', () => {
    const { bytes, id: own } = make();
    const known = (tx: Uint8Array): Transaction =>
      pool.find((one) => equalBytes(one.bytes, tx)) ?? parseTransaction(tx);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (offset, flip) => {
        const changed = bytes.slice();
        changed[offset] = (changed[offset] as number) ^ flip;
        try {
          const parsed = parseVertex(changed, known);
          expect(equalBytes(parsed.id, own)).toBe(false);
          expect(createVertex(parsed).bytes).toEqual(changed);
        } catch (error) {
          expect((error as AivmError).code).toMatch(/^(malformed|too_large|bad_signature|wrong_chain)$/);
        }
      }),
      { numRuns: 300 },
    );
  });

  const foreign = (more: Partial<typeof PLACE> | { chainId: bigint }): Transaction =>
    signTransaction(
      { ...PLACE, nonce: 0n, expiry: 0n, operation: { kind: 'heartbeat', id: 'p' }, ...more },
      id(4),
    );
  const elsewhere = foreign({ chainId: 8n });
  const namesake = foreign({ genesisHash: new Uint8Array(32) });
  const highS = (tx: Transaction): Uint8Array => {
    const signature = tx.bytes.slice(-65);
    signature.fill(0xff, 32, 64);
    return assembleTransaction(tx, signature);
  };
  const [first, ...others] = ordered as [Uint8Array, ...Uint8Array[]];
  it.each<readonly [what: string, bytes: Uint8Array, code: string, detail: string]>([
    ['of another version', forge({ version: 1 }), 'malformed', 'version 1'],
    ['with unsorted parents', forge({ parents: [id(2), id(1)] }), 'malformed', 'ascending'],
    ['with a parent twice', forge({ parents: [id(1), id(1)] }), 'malformed', 'ascending'],
    ['with 17 parents', forgeParents(17), 'too_large', '17'],
    ['at height 0 with parents', forge({ height: 0 }), 'malformed', 'height 0 with 2 parents'],
    ['above 0 without parents', forge({ parents: [] }), 'malformed', 'height 3 with 0 parents'],
    ['without transactions', forge({ transactions: [] }), 'malformed', 'no transactions'],
    ['with unsorted transactions', forge({ transactions: [...others, first] }), 'malformed', 'by sender'],
    ['with a transaction twice', forge({ transactions: [first, first] }), 'malformed', 'by sender'],
    ['with one nonce twice', forge({ transactions: rivals() }), 'malformed', 'by sender'],
    ['with 1,001 transactions', forge({ transactions: Array(1_001).fill(first) }), 'too_large', '1001'],
    ['of another chain than a transaction', forge({ transactions: [elsewhere.bytes] }), 'wrong_chain', '8'],
    ['of a chain of the same id', forge({ transactions: [namesake.bytes] }), 'wrong_chain', '7'],
    [
      'with a signature that is not low',
      forge({ transactions: [highS(pool[0] as Transaction)] }),
      'bad_signature',
      'low form',
    ],
    ['with something behind it', concatBytes(make().bytes, Uint8Array.of(0)), 'malformed', 'trailing'],
    ['that is too long', new Uint8Array(VERTEX_BYTES_MAX + 1), 'too_large', 'bytes'],
  ])('%s is refused', (_, bytes, code, detail) => {
    expect(() => parseVertex(bytes)).toThrow(expect.objectContaining({ code }));
    expect(() => parseVertex(bytes)).toThrow(detail);
  });

  it('is refused when anything is missing, and when it is not bytes', () => {
    const { bytes } = make();
    for (let size = 0; size < bytes.length; size += 7) {
      expect(() => parseVertex(bytes.subarray(0, size), () => pool[0] as Transaction)).toThrow('malformed');
    }
    expect(() => parseVertex('' as unknown as Uint8Array)).toThrow(TypeError);
  });

  it('is not made where it would be refused', () => {
    const refused = (more: Parameters<typeof make>[0], code: string): void =>
      expect(() => make(more)).toThrow(expect.objectContaining({ code }));
    refused({ transactions: [] }, 'malformed');
    refused({ height: 0 }, 'malformed');
    refused({ parents: [id(1), id(1)] }, 'malformed');
    refused({ transactions: [elsewhere] }, 'wrong_chain');
    refused({ parents: Array.from({ length: 17 }, (_, i) => id(i)) }, 'too_large');
  });
});

function forgeParents(count: number): Uint8Array {
  const parents = Array.from({ length: 16 }, (_, i) => id(i));
  const bytes = forge({ parents });
  // version ‖ chain id ‖ genesis hash, then the count of parents.
  new DataView(bytes.buffer).setUint32(41, count, true);
  return bytes;
}

/** Two transactions of one sender with one nonce, by their bytes. */
function rivals(): readonly Uint8Array[] {
  return [sign(1, 0n, 'x').bytes, sign(1, 0n, 'y').bytes].sort(compareBytes);
}
