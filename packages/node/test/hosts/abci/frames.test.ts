import { bytesToHex, concatBytes, hexToBytes } from '@aivm/core/bytes';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { encodeFrame, FRAME_BYTES_MAX, FrameReader } from '../../../src/hosts/abci/frames.ts';
import { RequestSchema, ResponseSchema } from '../../../src/hosts/abci/generated/abci_pb.ts';

const requestFrame = (value: unknown): string =>
  bytesToHex(encodeFrame(toBinary(RequestSchema, create(RequestSchema, { value } as never))));
const responseFrame = (value: unknown): string =>
  bytesToHex(encodeFrame(toBinary(ResponseSchema, create(ResponseSchema, { value } as never))));

const readAll = (reader: FrameReader, ...chunks: readonly Uint8Array[]): string[] =>
  chunks.flatMap((chunk) => [...reader.push(chunk)].map(bytesToHex));

describe('frames of ABCI, byte by byte', () => {
  // Written by hand: length, then field number and wire type of the member, its length, its fields.
  it.each([
    ['Echo "hello"', { case: 'echo', value: { message: 'hello' } }, '090a070a0568656c6c6f'],
    ['Flush', { case: 'flush', value: {} }, '021200'],
    [
      'Info',
      { case: 'info', value: { version: '0.38.0', blockVersion: 11n, p2pVersion: 8n, abciVersion: '2.0.0' } },
      '15 1a13 0a06302e33382e30 100b 1808 2205322e302e30'.replaceAll(' ', ''),
    ],
    [
      'InitChain',
      { case: 'initChain', value: { time: { seconds: 1n, nanos: 2 }, chainId: 'c', initialHeight: 1n } },
      '0d 2a0b 0a0408011002 120163 3001'.replaceAll(' ', ''),
    ],
    ['CheckTx, again', { case: 'checkTx', value: { tx: Uint8Array.of(7), type: 1 } }, '0742050a01071001'],
    ['Commit', { case: 'commit', value: {} }, '025a00'],
    [
      'PrepareProposal',
      {
        case: 'prepareProposal',
        value: { maxTxBytes: 300n, txs: [Uint8Array.of(1), Uint8Array.of(2)], height: 5n },
      },
      '0e 82010b 08ac02 120101 120102 2805'.replaceAll(' ', ''),
    ],
    ['ProcessProposal', { case: 'processProposal', value: { height: 5n } }, '058a01022805'],
    ['FinalizeBlock', { case: 'finalizeBlock', value: { height: 1n } }, '05a201022801'],
    [
      'OfferSnapshot',
      {
        case: 'offerSnapshot',
        value: { snapshot: { height: 1n, format: 1, chunks: 2 }, appHash: Uint8Array.of(9) },
      },
      '0d 6a0b 0a06080110011802 120109'.replaceAll(' ', ''),
    ],
    [
      'LoadSnapshotChunk',
      { case: 'loadSnapshotChunk', value: { height: 1n, format: 1, chunk: 3 } },
      '087206080110011803',
    ],
    [
      'ApplySnapshotChunk',
      { case: 'applySnapshotChunk', value: { index: 1, chunk: Uint8Array.of(8) } },
      '077a0508011201 08'.replaceAll(' ', ''),
    ],
    ['ExtendVote', { case: 'extendVote', value: { height: 1n } }, '05920102 1001'.replaceAll(' ', '')],
    [
      'VerifyVoteExtension',
      { case: 'verifyVoteExtension', value: { height: 1n } },
      '059a0102 1801'.replaceAll(' ', ''),
    ],
  ])('writes the request %s', (_, value, hex) => {
    expect(requestFrame(value)).toBe(hex);
    const [message] = [...new FrameReader().push(hexToBytes(hex))];
    expect(fromBinary(RequestSchema, message as Uint8Array).value.case).toBe(value.case);
  });

  it.each([
    ['an exception', { case: 'exception', value: { error: 'no' } }, '060a040a026e6f'],
    ['Flush', { case: 'flush', value: {} }, '021a00'],
    [
      'Info',
      { case: 'info', value: { lastBlockHeight: 3n, lastBlockAppHash: Uint8Array.of(255) } },
      '07220520032a01ff',
    ],
    ['InitChain', { case: 'initChain', value: { appHash: Uint8Array.of(1) } }, '0532031a0101'],
    ['CheckTx', { case: 'checkTx', value: { code: 1, log: 'x' } }, '074a0508011a0178'],
    ['Commit', { case: 'commit', value: {} }, '026200'],
    ['PrepareProposal', { case: 'prepareProposal', value: { txs: [Uint8Array.of(5)] } }, '068a01030a0105'],
    [
      'ProcessProposal, refused',
      { case: 'processProposal', value: { status: 2 } },
      '05920102 0802'.replaceAll(' ', ''),
    ],
    [
      'FinalizeBlock',
      { case: 'finalizeBlock', value: { txResults: [{ code: 2 }, {}], appHash: Uint8Array.of(170) } },
      '0c aa0109 12020802 1200 2a01aa'.replaceAll(' ', ''),
    ],
  ])('writes the answer %s', (_, value, hex) => {
    expect(responseFrame(value)).toBe(hex);
  });
});

describe('FrameReader', () => {
  const long = new Uint8Array(300).map((_, i) => i);

  it('reads the same whatever the pieces in which the bytes come', () => {
    const bytes = concatBytes(
      encodeFrame(long),
      encodeFrame(new Uint8Array(0)),
      encodeFrame(Uint8Array.of(1)),
    );
    expect(bytesToHex(bytes.subarray(0, 2))).toBe('ac02');
    const whole = readAll(new FrameReader(), bytes);
    expect(whole).toEqual([bytesToHex(long), '', '01']);
    expect(readAll(new FrameReader(), ...Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(whole);
    for (const size of [2, 3, 7, 299, 301]) {
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
        bytes.subarray(i * size, (i + 1) * size),
      );
      expect(readAll(new FrameReader(), ...pieces)).toEqual(whole);
    }
  });

  it('gives messages of their own memory', () => {
    const chunk = Buffer.from(encodeFrame(Uint8Array.of(1, 2, 3)));
    const [message] = [...new FrameReader().push(chunk)];
    chunk.fill(0);
    expect(message).toEqual(Uint8Array.of(1, 2, 3));
    expect(message?.constructor).toBe(Uint8Array);
  });

  it('says what is missing of a frame', () => {
    const reader = new FrameReader();
    expect(reader.unfinished).toBeUndefined();
    expect(readAll(reader, Uint8Array.of(0x80))).toEqual([]);
    expect(reader.unfinished).toBe('a part of the length of a frame');
    expect(readAll(reader, Uint8Array.of(2, 9))).toEqual([]);
    expect(reader.unfinished).toBe('1 of 256 bytes of a frame');
  });

  it.each([
    ['too long a frame', '818080 32', `a frame of 104857601 bytes; at most ${FRAME_BYTES_MAX}`],
    ['a length without end', 'ffffffffff', 'at least'],
    ['a length with a byte too many', '8100', 'more bytes than it needs'],
  ])('refuses %s at its length', (_, hex, text) => {
    expect(() => readAll(new FrameReader(), hexToBytes(hex.replaceAll(' ', '')))).toThrow(text);
  });

  it('takes a frame that is just not too long', () => {
    const reader = new FrameReader(300);
    expect(readAll(reader, encodeFrame(long))).toHaveLength(1);
    expect(() => readAll(reader, encodeFrame(new Uint8Array(301)))).toThrow(
      'a frame of 301 bytes; at most 300',
    );
  });
});
