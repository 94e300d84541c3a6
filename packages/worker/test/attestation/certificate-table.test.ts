import { readCertificateTable } from '@aivm/core/attestation';
import { describe, expect, it } from 'vitest';
import { certificateTable, GUID, u32 } from './host-table.ts';

const OTHER = '11111111111111111111111111111111';
const [leaf, ask, ark] = [Uint8Array.of(1, 1), Uint8Array.of(2), Uint8Array.of(3, 3, 3)];

describe("a host's table of certificates", () => {
  it.each([
    ['a chip key', GUID.vcek],
    ['a loaded key', GUID.vlek],
    ['fields the other way round', '8d75da6364e66445adc5f4b93be8accd'],
  ])('gives the chain, leaf first: %s', (_, guid) => {
    const table = certificateTable([
      [GUID.ark, ark],
      [OTHER, Uint8Array.of(9)],
      [guid, leaf],
      [GUID.ask, ask],
    ]);
    expect(readCertificateTable(table)).toEqual([leaf, ask, ark]);
  });

  it('is empty where a part is missing, outside of the table, or nothing was handed over', () => {
    expect(readCertificateTable(new Uint8Array())).toEqual([]);
    expect(readCertificateTable(new Uint8Array(24))).toEqual([]);
    expect(
      readCertificateTable(
        certificateTable([
          [GUID.vcek, leaf],
          [GUID.ask, ask],
        ]),
      ),
    ).toEqual([]);
    const table = certificateTable([
      [GUID.vcek, leaf],
      [GUID.ask, ask],
      [GUID.ark, ark],
    ]);
    table.set(u32(5_000), 16);
    expect(readCertificateTable(table)).toEqual([]);
  });
});
