import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { handshakeFrame, parseEngineAddress } from '../../../src/hosts/lux/lux-handshake.ts';
import { BodyReader, BodyWriter } from '../../../src/hosts/lux/zap-body.ts';
import { encodeFrame, PAYLOAD_BYTES_MAX, ZapFrameReader } from '../../../src/hosts/lux/zap-frames.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));

describe('frames of ZAP', () => {
  it('have the bytes that the protocol gives as examples', () => {
    expect(hex(handshakeFrame('127.0.0.1:40001', 42))).toBe('000000130000002a3132372e302e302e313a3430303031');
    expect(hex(encodeFrame({ type: 14, requestId: 1, body: new Uint8Array(0) }))).toBe('000000040e00000001');
    const body = new BodyWriter().text('v1.0.0').end();
    expect(hex(encodeFrame({ type: 0x8e, requestId: 1, body }))).toBe(
      '0000000e8e000000010000000676312e302e30',
    );
  });

  it('come out as they went in, however they are cut', () => {
    const frame = fc.record({
      type: fc.nat(255),
      requestId: fc.nat(2 ** 32 - 1),
      body: fc.uint8Array({ maxLength: 40 }),
    });
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 8 }), fc.nat(20), (frames, step) => {
        const stream = Buffer.concat(frames.map(encodeFrame));
        const reader = new ZapFrameReader();
        const seen = [];
        for (let place = 0; place < stream.length; place += step + 1) {
          seen.push(...reader.push(new Uint8Array(stream.subarray(place, place + step + 1))));
        }
        expect(seen).toEqual(frames);
        expect(reader.unfinished).toBeUndefined();
      }),
    );
  });

  it.each([
    ['no room for a request id', '00000003 0e', /3 bytes/],
    ['no length at all', '00000000 0e', /0 bytes/],
    ['one byte too many', '01000001 0e', /16777217 bytes/],
    ['text', Buffer.from('GET / HTTP/1.1').toString('hex'), /1195725856 bytes/],
  ])('are refused: %s', (_name, text, why) => {
    expect(() => [...new ZapFrameReader().push(bytes(text))]).toThrow(why);
  });

  it('say what is unfinished, and carry at most 16 MiB', () => {
    const reader = new ZapFrameReader();
    expect([...reader.push(bytes('00000009 0e 00000001 aa'))]).toEqual([]);
    expect(reader.unfinished).toBe('10 bytes of a frame');
    const largest = { type: 9, requestId: 0, body: new Uint8Array(PAYLOAD_BYTES_MAX - 4) };
    expect(encodeFrame(largest)).toHaveLength(PAYLOAD_BYTES_MAX + 5);
    expect(() => encodeFrame({ ...largest, body: new Uint8Array(PAYLOAD_BYTES_MAX - 3) })).toThrow(/at most/);
  });
});

describe('bodies of ZAP', () => {
  it('are read in turn, and what follows belongs to newer nodes', () => {
    const reader = new BodyReader(bytes('07 00000002 abcd ffffffff 8000000000000000 ee'), 'Test');
    expect([reader.u8('a'), hex(reader.bytes('b')), reader.i32('c'), reader.u64('d')]).toEqual([
      7,
      'abcd',
      -1,
      2n ** 63n,
    ]);
  });

  it.each([
    ['ends too early', '00000005 aabb', (reader: BodyReader) => reader.bytes('id')],
    ['has no room for a number', '0000', (reader: BodyReader) => reader.u32('id')],
    ['is no text', '00000001 ff', (reader: BodyReader) => reader.text('id')],
    ['lists more than it has', 'ffffffff 00000000', (reader: BodyReader) => reader.list('id')],
  ])('%s: refused by name', (_name, text, read) => {
    expect(() => read(new BodyReader(bytes(text), 'GetBlock'))).toThrow(/^malformed: GetBlock: id/);
  });
});

describe("a node's address", () => {
  it('is a host and a port', () => {
    expect(parseEngineAddress('127.0.0.1:40001')).toEqual({ host: '127.0.0.1', port: 40_001 });
    expect(parseEngineAddress('[::1]:1')).toEqual({ host: '::1', port: 1 });
    for (const text of ['', '127.0.0.1', '127.0.0.1:0', '127.0.0.1:65536', 'a:b', ':1']) {
      expect(() => parseEngineAddress(text)).toThrow(/expected HOST:PORT/);
    }
  });
});
