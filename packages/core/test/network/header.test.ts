import { describe, expect, it } from 'vitest';
import {
  createNetwork,
  evaluatePolynomial,
  networkFacts,
  operatorOf,
  operatorSpec,
  parseNetworkHeader,
  serializeNetworkHeader,
  shapeOf,
} from '../../src/network/index.ts';
import { Random } from './support/random.ts';
import { randomHeader } from './support/random-graph.ts';

describe('the encoding of a header', () => {
  it('is the same after parsing, for random headers', () => {
    for (let seed = 0; seed < 200; seed++) {
      const header = randomHeader(new Random(seed));
      const bytes = serializeNetworkHeader(header);
      const parsed = parseNetworkHeader(bytes);
      expect(parsed).toEqual(header);
      expect(Buffer.compare(serializeNetworkHeader(parsed), bytes)).toBe(0);
    }
  });

  it('has no second form: a changed byte is refused or is another header', () => {
    const random = new Random(5);
    const header = randomHeader(random, 6);
    const bytes = serializeNetworkHeader(header);
    for (let at = 0; at < bytes.length; at++) {
      const changed = bytes.with(at, bytes[at]! ^ (1 << random.int(0, 7)));
      let again: Uint8Array;
      try {
        again = serializeNetworkHeader(parseNetworkHeader(changed));
      } catch (error) {
        expect(String((error as { code?: string }).code)).toMatch(
          /^(malformed|model_refused|too_large|out_of_range)$/,
        );
        continue;
      }
      expect(Buffer.compare(again, changed)).toBe(0);
    }
  });

  it.each<[string, (bytes: Uint8Array) => Uint8Array, RegExp]>([
    ['a trailing byte', (bytes) => Uint8Array.of(...bytes, 0), /1 trailing bytes/],
    ['a missing byte', (bytes) => bytes.slice(0, -1), /needs \d+ bytes/],
    ['no bytes', () => new Uint8Array(0), /needs 1 bytes/],
    ['more than 64 KiB', () => new Uint8Array(65_537), /65537 bytes; at most 65536/],
  ])('with %s is refused', (_name, change, message) => {
    const bytes = serializeNetworkHeader(randomHeader(new Random(1)));
    expect(() => parseNetworkHeader(change(bytes))).toThrow(message);
  });
});

describe('the facts of a header', () => {
  it('count the work of every unit and byte, padding as 128 bytes a tensor', () => {
    for (let seed = 0; seed < 200; seed++) {
      const random = new Random(seed);
      const header = randomHeader(random);
      const N = header.form === 'decoder' ? random.int(1, header.maxNew) : 0;
      const T = header.form === 'map' ? 1 : random.int(Math.max(1, N), header.maxT);
      const network = createNetwork(header, { T, N });
      let work = 0n;
      let bytes = 0;
      for (const [index, { kind }] of header.operators.entries()) {
        const macs = operatorOf(kind).macs(operatorSpec(header, index));
        const units = shapeOf(network, index);
        const perUnit = macs === 'T' ? T : macs === 'N' ? N : macs;
        work += BigInt(units.count) * BigInt(perUnit + 8);
        const size = units.count * { i8: 1, i16: 2, i32: 4, i64: 8, u16: 2, u32: 4, u64: 8 }[units.type];
        bytes += size + 128;
      }
      const facts = networkFacts(header);
      expect(evaluatePolynomial(facts.work, { T, N })).toBe(work + 64n * BigInt(bytes));
      expect(bytes).toBeGreaterThanOrEqual(network.traceBytes);
      expect(facts.workMax >= work).toBe(true);
    }
  });
});
