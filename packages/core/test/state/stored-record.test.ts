import { describe, expect, it } from 'vitest';
import { serialize } from '../../src/bytes/codec/codec.ts';
import { u32, u64 } from '../../src/bytes/codec/primitives.ts';
import { accountCodec } from '../../src/state/records/account.ts';
import { parseStored } from '../../src/state/stored-record.ts';

const account = { balance: 5n, nonce: 7n, pendingTasks: 1 };

describe('parseStored', () => {
  it('hands out one record for one value, and an equal one for equal bytes', () => {
    const value = serialize(accountCodec, account);
    const record = parseStored(accountCodec, value);
    expect(record).toEqual(account);
    expect(parseStored(accountCodec, value)).toBe(record);
    const copy = parseStored(accountCodec, value.slice());
    expect(copy).toEqual(record);
    expect(copy).not.toBe(record);
  });

  it('reads a value as what is asked for, whatever it was read as before', () => {
    const value = Uint8Array.of(1, 0, 0, 0);
    expect(parseStored(u32, value)).toBe(1);
    expect(() => parseStored(u64, value)).toThrow(expect.objectContaining({ code: 'data_dir_corrupt' }));
    expect(parseStored(u32, value)).toBe(1);
  });
});
