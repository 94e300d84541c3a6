import {
  type BlockHeader,
  blockHeaderCodec,
  blockId,
  createBlock,
  parseBlock,
  transactionsRoot,
  verticesRoot,
} from '@aivm/core/block';
import { concatBytes, equalBytes, serialize } from '@aivm/core/bytes';
import type { AivmError } from '@aivm/core/errors';
import { parseTransaction, signTransaction } from '@aivm/core/tx';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BLOCK_BYTES_MAX } from '../../src/block/block.ts';
import { HEIGHT_MAX } from '../../src/bytes/codec/primitives.ts';

const KEY = new Uint8Array(32).fill(3);
const pool = ['a', 'b', 'c'].map((id, i) =>
  signTransaction(
    {
      chainId: 1n,
      genesisHash: new Uint8Array(32),
      nonce: BigInt(i),
      expiry: 0n,
      operation: { kind: 'heartbeat', id },
    },
    KEY,
  ),
);
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
const height = fc.oneof(fc.constantFrom(0, HEIGHT_MAX), fc.maxSafeNat());
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

const blocks = fc
  .record(
    {
      chainId: u64,
      parentId: hash,
      height,
      timestamp: height,
      beacon: hash,
      outcomesRoot: hash,
      receiptsRoot: hash,
      receiptCount: height,
      aivmStateRoot: hash,
      stateRoot: hash,
    },
    { noNullPrototype: true },
  )
  .chain((rest) =>
    fc.subarray(pool).map((transactions) => {
      const header: BlockHeader = {
        version: 2,
        ...rest,
        verticesRoot: verticesRoot([]),
        transactionsRoot: transactionsRoot(transactions),
      };
      return createBlock(header, transactions);
    }),
  );

const sample = createBlock(
  {
    version: 2,
    chainId: 7n,
    parentId: new Uint8Array(32).fill(1),
    height: 9,
    timestamp: 1_000,
    beacon: new Uint8Array(32),
    verticesRoot: verticesRoot([]),
    transactionsRoot: transactionsRoot(pool),
    outcomesRoot: new Uint8Array(32).fill(2),
    receiptsRoot: new Uint8Array(32).fill(3),
    receiptCount: 4,
    aivmStateRoot: new Uint8Array(32),
    stateRoot: new Uint8Array(32).fill(5),
  },
  pool,
);
const headerSize = serialize(blockHeaderCodec, sample.header).length;

describe('blocks', () => {
  it('come back from their bytes', () => {
    fc.assert(
      fc.property(blocks, (block) => {
        const parsed = parseBlock(block.bytes);
        expect(parsed).toEqual(block);
        expect(createBlock(parsed.header, parsed.transactions).bytes).toEqual(block.bytes);
        expect(parsed.id).toEqual(blockId(block.header));
      }),
      { numRuns: 30 },
    );
  });

  it('have another id, or are refused, with any changed byte', () => {
    fc.assert(
      fc.property(fc.nat(sample.bytes.length - 1), fc.integer({ min: 1, max: 255 }), (offset, flip) => {
        const bytes = sample.bytes.slice();
        bytes[offset] = (bytes[offset] as number) ^ flip;
        let parsed: ReturnType<typeof parseBlock>;
        try {
          parsed = parseBlock(bytes);
        } catch (error) {
          expect((error as AivmError).code).toMatch(/^(malformed|too_large|bad_signature)$/);
          return;
        }
        expect(offset).toBeLessThan(headerSize);
        expect(equalBytes(parsed.id, sample.id)).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it('are refused when anything is missing or follows', () => {
    for (let size = 0; size < sample.bytes.length; size += size < headerSize + 8 ? 1 : 13) {
      expect(() => parseBlock(sample.bytes.subarray(0, size))).toThrow('malformed');
    }
    expect(() => parseBlock(concatBytes(sample.bytes, Uint8Array.of(0)))).toThrow('malformed');
    expect(() => parseBlock('' as unknown as Uint8Array)).toThrow(TypeError);
  });

  it('are refused when they are too long, or say that they are', () => {
    expect(() => parseBlock(new Uint8Array(BLOCK_BYTES_MAX + 1))).toThrow('too_large');
    const withU32 = (offset: number, value: number): Uint8Array => {
      const bytes = sample.bytes.slice();
      new DataView(bytes.buffer).setUint32(offset, value, true);
      return bytes;
    };
    // Counts of vertices, of left out transactions, of transactions; then the first one's size.
    expect(() => parseBlock(withU32(headerSize, 257))).toThrow('too_large');
    expect(() => parseBlock(withU32(headerSize + 4, 1))).toThrow('malformed');
    expect(() => parseBlock(withU32(headerSize + 8, 100_001))).toThrow('too_large');
    expect(() => parseBlock(withU32(headerSize + 12, 2 ** 32 - 1))).toThrow('too_large');
    expect(() => parseBlock(withU32(headerSize + 8, 2))).toThrow('malformed');
  });

  it('of another version are refused', () => {
    const { bytes } = createBlock({ ...sample.header, version: 1 }, pool);
    expect(() => parseBlock(bytes)).toThrow('version 1');
  });

  it('carry the transactions that their header names, in its order', () => {
    const swapped = createBlock(sample.header, [pool[1], pool[0], pool[2]] as typeof pool);
    const fewer = createBlock(sample.header, pool.slice(1));
    for (const { bytes } of [swapped, fewer]) {
      expect(() => parseBlock(bytes)).toThrow('the header names other transactions');
    }
  });

  it('can reuse transactions that were parsed before', () => {
    const seen: Uint8Array[] = [];
    const { transactions } = parseBlock(sample.bytes, (bytes) => {
      seen.push(bytes);
      return parseTransaction(bytes);
    });
    expect(transactions).toEqual(pool);
    expect(seen).toEqual(pool.map((tx) => tx.bytes));
  });
});
