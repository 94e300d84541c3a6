import { describe, expect, it } from 'vitest';
import { serialize } from '../../src/bytes/codec/codec.ts';
import { struct } from '../../src/bytes/codec/composites.ts';
import { u8, u32 } from '../../src/bytes/codec/primitives.ts';
import { writeBytes } from '../../src/bytes/codec/writer.ts';

const pair = struct('Pair', { first: u8, second: u8 });

describe('writeBytes', () => {
  it('gives what was written, whatever was written before', () => {
    const long = writeBytes((writer) => writer.bytes(new Uint8Array(100_000).fill(7)));
    const short = writeBytes((writer) => writer.u16(0x0102));
    expect(short).toEqual(Uint8Array.of(2, 1));
    expect(long).toEqual(new Uint8Array(100_000).fill(7));
  });

  it('keeps nothing of a value that was refused half way', () => {
    expect(() => serialize(pair, { first: 1, second: 256 })).toThrow('Pair.second');
    expect(serialize(u8, 9)).toEqual(Uint8Array.of(9));
  });

  it('may be called by what it calls', () => {
    const outer = writeBytes((writer) => {
      writer.u8(1);
      expect(serialize(u32, 0x02030405)).toEqual(Uint8Array.of(5, 4, 3, 2));
      writer.u8(6);
    });
    expect(outer).toEqual(Uint8Array.of(1, 6));
  });

  it('gives bytes that later writing leaves alone', () => {
    const first = serialize(pair, { first: 1, second: 2 });
    serialize(pair, { first: 3, second: 4 });
    expect(first).toEqual(Uint8Array.of(1, 2));
  });
});
