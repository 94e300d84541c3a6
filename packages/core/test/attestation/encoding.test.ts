import { rfc3339ToSeconds } from '@aivm/core/attestation';
import { hexToBytes, utf8ToBytes } from '@aivm/core/bytes';
import { der, integer, makeList, makeSnp, nameOf, oid, time } from '@aivm/test-authority';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { base64ToBytes, bytesToBase64 } from '../../src/attestation/encoding/base64.ts';
import { secondsToRfc3339, TIME_MAX } from '../../src/attestation/encoding/time.ts';
import { AttestationRefusal } from '../../src/attestation/refusal.ts';
import { parseCertificate } from '../../src/attestation/x509/certificate.ts';
import { parseRevocationList } from '../../src/attestation/x509/crl.ts';
import { DER_TAG, readDer, sequenceOf } from '../../src/attestation/x509/der.ts';
import {
  booleanOf,
  namedBits,
  oidText,
  smallInteger,
  timeOf,
  unsignedOctets,
  wholeBitString,
} from '../../src/attestation/x509/der-values.ts';

const refused = (call: () => unknown): string => {
  try {
    call();
  } catch (error) {
    if (error instanceof AttestationRefusal) return error.code;
    throw error;
  }
  return 'ok';
};
const read = (hex: string) => readDer(hexToBytes(hex));

describe('DER', () => {
  it.each([
    ['empty', ''],
    ['no length', '30'],
    ['indefinite length', '308000'],
    ['length in two octets that fits one', '30810100'],
    ['length with a leading zero', `3082007f${'00'.repeat(127)}`],
    ['length of four octets', '3084ffffffff'],
    ['length past the end', '300201'],
    ['trailing byte', '300000'],
    ['tag of several octets', '1f8100'],
  ])('%s', (_name, hex) => {
    expect(refused(() => read(hex))).toBe('malformed');
  });

  it.each([
    ['INTEGER with a leading zero', () => smallInteger(read('02020001'), '')],
    ['INTEGER with a leading ff', () => unsignedOctets(read('0202ff80'), '')],
    ['INTEGER without octets', () => smallInteger(read('0200'), '')],
    ['negative INTEGER', () => smallInteger(read('020180'), '')],
    ['INTEGER above 2^32', () => smallInteger(read('02050100000000'), '')],
    ['BOOLEAN 1', () => booleanOf(read('010101'), '')],
    ['BOOLEAN of two octets', () => booleanOf(read('0102ffff'), '')],
    ['BIT STRING with unused bits in a key', () => wholeBitString(read('03020180'), '')],
    ['BIT STRING without octets', () => namedBits(read('0300'), '')],
    ['BIT STRING with eight unused bits', () => namedBits(read('03020800'), '')],
    ['BIT STRING with padding set', () => namedBits(read('030201ff'), '')],
    ['OID with a padded arc', () => oidText(read('06032a8001'), '')],
    ['OID that ends inside an arc', () => oidText(read('06022a80'), '')],
    ['OID without arcs', () => oidText(read('0600'), '')],
    ['OID with a huge arc', () => oidText(read(`060a2a${'ff'.repeat(8)}7f`), '')],
    ['time without seconds', () => timeOf(readDer(der(0x17, utf8ToBytes('2501010000Z'))), '')],
    ['time in another zone', () => timeOf(readDer(der(0x17, utf8ToBytes('250101000000+0100'))), '')],
    ['30 February', () => timeOf(readDer(der(0x17, utf8ToBytes('250230000000Z'))), '')],
    ['fractions of a second', () => timeOf(readDer(der(0x18, utf8ToBytes('20250101000000.5Z'))), '')],
    ['a leap second', () => timeOf(readDer(der(0x18, utf8ToBytes('20161231235960Z'))), '')],
    ['another tag', () => sequenceOf(read('3100'), '')],
    ['a missing member', () => sequenceOf(read('3000'), '').take(DER_TAG.integer)],
    ['a member of another type', () => sequenceOf(read('30020500'), '').take(DER_TAG.integer)],
    ['a member too many', () => sequenceOf(read('30020500'), '').end()],
  ])('%s', (_name, call) => {
    expect(refused(call)).toBe('malformed');
  });

  it('reads what is written, for any length and number', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 400 }),
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        (content, number) => {
          expect(readDer(der(0x04, content)).content).toEqual(content);
          expect(smallInteger(readDer(integer(number)), '')).toBe(number);
        },
      ),
    );
    for (const dotted of [
      '1.2.840.113549.1.1.10',
      '2.5.29.15',
      '0.9.2342',
      '2.999.3',
      '1.3.6.1.4.1.3704.1.3.8',
    ]) {
      expect(oidText(readDer(oid(dotted)), '')).toBe(dotted);
    }
  });

  it('refuses certificates and lists cut at any length, with a byte more, or with any byte of the frame changed', () => {
    const { leaf, root } = makeSnp();
    const list = makeList({ issuer: root });
    for (const [encoded, parse] of [
      [leaf.der, parseCertificate],
      [list, parseRevocationList],
    ] as const) {
      for (let size = 0; size < encoded.length; size++) {
        expect(
          refused(() => parse(encoded.slice(0, size))),
          `size ${size}`,
        ).toBe('malformed');
      }
      expect(refused(() => parse(new Uint8Array([...encoded, 0])))).toBe('malformed');
      for (let offset = 0; offset < 12; offset++) {
        const changed = encoded.with(offset, (encoded[offset] ?? 0) ^ 0x40);
        expect(
          refused(() => parse(changed)),
          `offset ${offset}`,
        ).not.toBe('ok');
      }
    }
    expect(refused(() => parseCertificate(new Uint8Array(8_193)))).toBe('too_large');
    expect(refused(() => parseRevocationList(new Uint8Array(131_073)))).toBe('too_large');
  });

  it('keeps names and times as they are written', () => {
    const { leaf } = makeSnp();
    const certificate = parseCertificate(leaf.der);
    expect(certificate.subject).toEqual(nameOf('SEV-Leaf'));
    expect(readDer(time(certificate.window.from)).tag).toBe(DER_TAG.utcTime);
  });
});

describe('base64', () => {
  it('reads what Buffer writes and writes what Buffer reads', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const text = Buffer.from(bytes).toString('base64');
        expect(bytesToBase64(bytes)).toBe(text);
        expect(base64ToBytes(text)).toEqual(bytes);
      }),
    );
  });

  it.each(['A', 'AA', 'AAA', 'A===', '====', 'AA=A', 'AB==', 'AAB=', 'AA A', 'AA-_', 'ÄAAA'])(
    'refuses %s',
    (text) => {
      expect(base64ToBytes(text)).toBeUndefined();
    },
  );
});

describe('time', () => {
  it('agrees with Date on every second from 1970 to 9999', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: TIME_MAX }), (seconds) => {
        const text = new Date(seconds * 1000).toISOString().replace('.000', '');
        expect(secondsToRfc3339(seconds)).toBe(text);
        expect(rfc3339ToSeconds(text)).toBe(seconds);
      }),
    );
    expect(secondsToRfc3339(TIME_MAX)).toBe('9999-12-31T23:59:59Z');
  });

  it.each([
    '',
    '2025-02-29T00:00:00Z',
    '2025-13-01T00:00:00Z',
    '2025-01-01T24:00:00Z',
    '2025-01-01 00:00:00Z',
    '2025-01-01T00:00:00',
    '2025-01-01',
  ])('refuses "%s"', (text) => {
    expect(rfc3339ToSeconds(text)).toBeUndefined();
  });
});
