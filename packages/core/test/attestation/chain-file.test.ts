import { utf8ToBytes } from '@aivm/core/bytes';
import { expect, it } from 'vitest';
import { decodeCertificates } from '../../src/attestation/files/decode.ts';
import { ATTESTATION_LIMITS } from '../../src/attestation/limits.ts';

const { certificateBytesMax, certificatesMax, chainFileBytesMax } = ATTESTATION_LIMITS;

/** A certificate of this many bytes, as far as a file of certificates is concerned: a sequence. */
function certificate(size: number): Uint8Array {
  const der = new Uint8Array(size);
  der.set([0x30, 0x82, (size - 4) >> 8, (size - 4) & 0xff]);
  return der;
}

const pemOf = (der: Uint8Array): string =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`;

it('a file of certificates takes the longest chain in its longest forms, and nothing beyond', () => {
  const chain = Array.from({ length: certificatesMax }, () => certificate(certificateBytesMax));
  const pem = chain.map(pemOf).join('');
  const forms = [pem, Buffer.from(pem).toString('base64'), encodeURIComponent(pem)];
  for (const form of forms) expect(decodeCertificates(utf8ToBytes(form), 'chain')).toEqual(chain);
  expect(() => decodeCertificates(new Uint8Array(chainFileBytesMax + 1).fill(65), 'chain')).toThrow(
    expect.objectContaining({ code: 'too_large' }),
  );
});
