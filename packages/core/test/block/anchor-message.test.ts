import {
  type AnchorMessage,
  anchorFields,
  anchorId,
  parseAnchorMessage,
  serializeAnchorMessage,
} from '@aivm/core/block';
import { bytesToHex, utf8ToBytes } from '@aivm/core/bytes';
import { keccak256 } from '@aivm/core/crypto';
import { AnchorOp } from '@aivm/core/layout';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const word = fc.uint8Array({ minLength: 32, maxLength: 32 });
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const u32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });

const messages: fc.Arbitrary<AnchorMessage> = fc
  .record({
    chainId: u64,
    number: u64,
    receiptCount: fc.maxSafeNat(),
    blockId: word,
    CommitRoot: word,
    ParentRoot: word,
    ValidatorSetRootAtCommit: word,
    Height: fc.bigInt({ min: 0n, max: 2n ** 53n - 1n }),
    TimestampNS: u64,
    Epoch: u32,
  })
  .map(({ chainId, number, receiptCount, blockId, ...op }) => ({
    chainId,
    number,
    receiptCount,
    blockId,
    op: AnchorOp.create(op).bytes,
  }));

describe('the message of an anchor', () => {
  it('has these bytes', () => {
    const op = AnchorOp.create({
      CommitRoot: new Uint8Array(32).fill(0xaa),
      ParentRoot: new Uint8Array(32).fill(0xbb),
      ValidatorSetRootAtCommit: new Uint8Array(32).fill(0xcc),
      Height: 0x0102n,
      TimestampNS: 0x030405n,
      Epoch: 6,
    });
    const blockId = new Uint8Array(32).fill(0xdd);
    const message = { chainId: 1n, number: 2n, receiptCount: 3, blockId, op: op.bytes };
    const bytes = serializeAnchorMessage(message);
    expect(bytesToHex(bytes)).toBe(
      [
        bytesToHex(utf8ToBytes('aivm/v1/Anchor\0')),
        '0100000000000000',
        '0200000000000000',
        '0300000000000000',
        'dd'.repeat(32),
        'aa'.repeat(32),
        'bb'.repeat(32),
        'cc'.repeat(32),
        '0201000000000000',
        '0504030000000000',
        '06000000',
        '00'.repeat(12),
      ].join(''),
    );
    expect(anchorId(message)).toEqual(keccak256(bytes));
    expect(anchorFields(message)).toEqual({
      commitRoot: new Uint8Array(32).fill(0xaa),
      parentRoot: new Uint8Array(32).fill(0xbb),
      validatorSetRoot: new Uint8Array(32).fill(0xcc),
      height: 0x0102,
      timestampNs: 0x030405n,
      epoch: 6,
    });
  });

  it('comes back from its bytes', () => {
    fc.assert(
      fc.property(messages, (message) => {
        expect(parseAnchorMessage(serializeAnchorMessage(message))).toEqual(message);
      }),
    );
  });

  it('changes its id with every bit, or is refused', () => {
    fc.assert(
      fc.property(messages, fc.nat(199 * 8 - 1), (message, bit) => {
        const bytes = serializeAnchorMessage(message);
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const isPart = bit >> 3 >= 15 && bit >> 3 < 199 - 12;
        try {
          expect(anchorId(parseAnchorMessage(bytes))).not.toEqual(anchorId(message));
          expect(isPart).toBe(true);
        } catch (error) {
          expect(error).toMatchObject({ code: 'malformed' });
          // Heights and counts beyond 2^53 − 1 are the only parts that can be refused.
          if (isPart) expect((error as Error).message).toMatch(/height|receiptCount/);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('is refused where it is cut off or goes on', () => {
    const [message] = fc.sample(messages, { numRuns: 1, seed: 1 }) as [AnchorMessage];
    const bytes = serializeAnchorMessage(message);
    for (const wrong of [
      bytes.slice(0, -1),
      Uint8Array.of(...bytes, 0),
      new Uint8Array(0),
      bytes.slice(15),
    ]) {
      expect(() => parseAnchorMessage(wrong)).toThrow(expect.objectContaining({ code: 'malformed' }));
    }
    expect(() => serializeAnchorMessage({ ...message, op: new Uint8Array(127) })).toThrow(/128 bytes/);
  });
});
